// The workers page: steppers, and the lists of what a worker has in hand, which are asked for while they are open.
import "./slot-stepper.js";
import { renew } from "./live-parts.js";

// "toggle" does not bubble, but it is heard on its way down.
document.addEventListener("toggle", ({ target }) => show(target), true);

function show(details) {
  const part = details.querySelector(":scope > [data-when-open]");
  if (!part) return;
  if (details.open) {
    part.dataset.live = "events";
    renew(part);
  } else delete part.dataset.live;
}
