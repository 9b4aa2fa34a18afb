// Keys that do something by themselves. Single letters are still while a field has the focus, and can be switched off.
//   data-key="o"      at a link of the side: it leads there after `g`
//   data-hotkey="r"   at a button or a link: pressed by this key; at a field: focused by it

const STORED = "single-letter-keys";
const FIELD = "input:not([type=checkbox]), textarea, select, [contenteditable]";

export const areOn = () => localStorage.getItem(STORED) !== "off";

export function switchTo(on) {
  localStorage.setItem(STORED, on ? "on" : "off");
}

// After `g` the letter of a page leads there.
const PATIENCE_MS = 1500;

const deeds = {};
let goingUntil = 0;

// more: what each key does, beside what stands in the page.
export function listenForKeys(more) {
  if (!Object.keys(deeds).length) document.addEventListener("keydown", listen);
  Object.assign(deeds, more);
}

function listen(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areOn()) return;
  if (event.target.closest?.(FIELD) || document.querySelector("dialog[open]")) return;
  const deed = deedOf(event.key);
  goingUntil = event.key === "g" ? Date.now() + PATIENCE_MS : 0;
  if (!deed) return;
  event.preventDefault();
  deed();
}

function deedOf(key) {
  const name = CSS.escape(key);
  const link = Date.now() < goingUntil && document.querySelector(`.nav[data-key="${name}"]`);
  if (link) return () => link.click();
  const place = document.querySelector(`[data-hotkey="${name}"]:not([hidden], [disabled])`);
  if (!place) return deeds[key];
  return () => (place.matches(FIELD) ? place.select?.() ?? place.focus() : place.click());
}
