// Opens and closes the page's dialogs; <dialog> itself keeps the focus inside, closes on Esc and gives the focus back.

export function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || document.querySelector("dialog[open]")) return;
  dialog.showModal();
  dialog.querySelector("[data-first]")?.focus();
}

export function listenForDialogs() {
  // Without scripts they would open nothing.
  for (const button of document.querySelectorAll("button[data-opens]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    // Before another is opened: of two only one is seen.
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      event.preventDefault(); // without scripts it is a link to the same form on a page of its own
      open(opener.dataset.opens);
    }
    // A click beside the dialog lands on the dialog element itself.
    if (event.target.matches("dialog") && isBeside(event)) event.target.close();
  });
}

function isBeside({ target, clientX, clientY }) {
  const { left, right, top, bottom } = target.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
