// Shape, colour and word of a status, set on a `.status` element.
import { setAttribute } from "./spot.js";
import { statusWord } from "./statuses.js";

export function setStatus(element, status) {
  if (element.dataset.status === status) return;
  setAttribute(element, "data-status", status);
  const use = element.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${status}`));
  element.querySelector("[data-word]").textContent = statusWord(status);
}
