// Buttons that change something (data-deed): a dialog says what will happen and asks why, then the API does it.
//   data-url, data-method (POST), data-body (JSON)   what is sent; the reason is added to the body
//   data-title, data-explain, data-do, data-keep     what the dialog says; data-danger: it takes something away
//   data-no-reason                                   it does not ask why
//   data-done                                        what a screen reader is told afterwards
// A data-deed="at once" asks nothing. After it a "deed-done" event carries the API's answer. In a template the button
// is hidden: it does nothing without scripts.
import { open } from "./dialogs.js";
import { setAttribute } from "./spot.js";
import { fill, gettext } from "./words.js";

// What the dialog asks about. An answer may come when it has become another's.
let asked = null;
// Those whose answer has not come: pressed once more, they would be done twice.
const underWay = new Set();

// As it was when it was pressed: a part that renews itself may make another deed of its button.
const pressed = (button) => ({ button, label: button.textContent.trim(), ...button.dataset });
const keyOf = ({ method, url, body }) => [method, url, body].join(" ");

export function listenForDeeds() {
  show(document);
  document.addEventListener("part-renewed", ({ target }) => show(target));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-deed]");
    if (!button || button.disabled) return;
    if (button.dataset.deed === "at once") send(pressed(button), null);
    else ask(pressed(button));
  });
  dialog().querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(asked, event.target.elements.reason.value.trim());
  });
}

function show(root) {
  for (const place of root.querySelectorAll("[data-deed]")) place.hidden = false;
}

const dialog = () => document.getElementById("deed");
const isAsked = (what) => dialog().open && keyOf(asked) === keyOf(what);

function ask(what) {
  asked = what;
  const { title, explain, do: verb, keep, danger, noReason } = what;
  const place = dialog();
  place.querySelector("[data-title]").textContent = title;
  place.querySelector("[data-explain]").textContent = explain ?? "";
  place.querySelector("[data-keep]").textContent = keep ?? gettext("Leave it");
  const act = place.querySelector("[data-do]");
  act.textContent = verb;
  act.className = danger === undefined ? "btn primary" : "btn danger primary";
  place.querySelector("[data-reason]").hidden = noReason !== undefined;
  place.querySelector("form").reset();
  say("");
  open("deed");
  showBusy();
}

function showBusy() {
  if (asked) setAttribute(dialog().querySelector("[data-do]"), "aria-busy", underWay.has(keyOf(asked)) ? "true" : null);
}

async function send(what, reason) {
  const { button, url, method = "POST", body = "{}", done } = what;
  if (underWay.has(keyOf(what))) return;
  underWay.add(keyOf(what));
  button.setAttribute("aria-busy", "true");
  showBusy();
  const { problem, answer } = await deed(url, method, { ...JSON.parse(body), ...(reason ? { reason } : {}) });
  underWay.delete(keyOf(what));
  button.removeAttribute("aria-busy");
  showBusy();
  if (problem) return refused(what, problem);
  if (isAsked(what)) dialog().close();
  document.getElementById("announcement").textContent = done ?? gettext("Done.");
  document.dispatchEvent(new CustomEvent("deed-done", { detail: { button, answer } }));
}

export async function deed(url, method, content) {
  const csrfToken = dialog().querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken };
  let response;
  try {
    response = await fetch(url, { method, headers, body: JSON.stringify(content) });
  } catch {
    return { problem: gettext("No answer came, so it is not known whether it was done. Look, then try again.") };
  }
  const said = await response.json().catch(() => ({}));
  if (response.ok) return { answer: said };
  const detail = said.detail ?? fill(gettext("Refused with status %(status)s."), { status: response.status });
  const faults = (said.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
  return { problem: [detail, ...faults].join(" ") };
}

// What was asked without a dialog, or has lost it, has its refusal told in one: after another's that is open.
function refused(what, problem) {
  const other = isAsked(what) ? null : document.querySelector("dialog[open]");
  if (other) return other.addEventListener("close", () => refused(what, problem), { once: true });
  if (!isAsked(what)) ask({ ...what, title: what.label, do: gettext("Try again") });
  say(problem);
}

function say(text) {
  const note = dialog().querySelector(".form-note");
  note.querySelector("[data-word]").textContent = text;
  note.classList.toggle("for-readers", !text);
}
