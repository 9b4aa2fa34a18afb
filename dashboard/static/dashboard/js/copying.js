// A button with data-copy puts that text on the clipboard and says so for a moment.
import { gettext } from "./words.js";

const SAID_FOR_MS = 1500;

export function listenForCopies() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await write(button.dataset.copy);
    const before = button.getAttribute("aria-label");
    button.setAttribute("aria-label", gettext("Copied"));
    button.classList.add("done");
    setTimeout(() => {
      button.setAttribute("aria-label", before);
      button.classList.remove("done");
    }, SAID_FOR_MS);
  });
}

// The clipboard has an interface on https and localhost only; elsewhere the old way does.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
