// Moving many dead letters: a dialog says which and what happens, then they are moved in portions, with progress.
//   data-preflight="requeue" or "discard"   a button that opens it
//   data-query="error=…"                    which: all of an error; empty: all there are
//   data-of-selection                       which: those that are selected
import { open } from "./dialogs.js";
import { count } from "./format.js";
import { renewAll } from "./live-parts.js";
import { move, portionsOf } from "./moving.js";
import { put } from "./spot.js";
import { fill, gettext } from "./words.js";

let dialog = null;
let list = null;
// The one that goes on; after Stop, or a dialog that was closed, until its last answer has come.
let running = null;

export function listenForPreflights(place, letters) {
  [dialog, list] = [place, letters];
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-preflight]");
    if (button) ask(button);
    if (target.closest?.("[data-stop]")) stop();
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!running) start(event.target);
  });
  dialog.addEventListener("change", ({ target }) => target.name === "first_round" && narrow(target.form, target.checked));
  dialog.addEventListener("close", stop);
}

function stop() {
  if (running) running.isStopped = true;
}

async function ask({ dataset }) {
  // One at a time: what is still under way shows its end.
  if (running) return open(dialog.id);
  const orders = list.selected;
  if ("ofSelection" in dataset && !orders.length) return;
  const which = "ofSelection" in dataset ? `orders=${orders.join(",")}` : dataset.query;
  const answer = await fetch(`${list.dataset.preflightUrl}?deed=${dataset.preflight}&${which}`, {
    headers: { "HX-Request": "true" },
  }).catch(() => null);
  // Signed out, or without the right: the page itself says which.
  if (answer?.status === 401 || answer?.status === 403) return location.reload();
  const text = answer?.ok ? await answer.text().catch(() => null) : null;
  // Meanwhile another one was asked for.
  if (running || dialog.open) return;
  if (text === null) tellProblem(problemOf(answer));
  else dialog.innerHTML = text;
  open(dialog.id);
}

function problemOf(answer) {
  if (!answer || answer.ok) return gettext("No answer came. Try again.");
  if (answer.status === 503) return gettext("Redis does not answer. Try again when it is back.");
  return fill(gettext("Refused with status %(status)s."), { status: answer.status });
}

function tellProblem(text) {
  dialog.replaceChildren(document.getElementById("preflight-unanswered").content.cloneNode(true));
  put(dialog.querySelector("[data-word]"), text);
}

// Those that failed again are left out, or not: title and button say how many are meant.
function narrow(form, isFirstRound) {
  for (const place of form.querySelectorAll("[data-first-round]"))
    put(place, isFirstRound ? place.dataset.firstRound : place.dataset.all);
  const number = Number(isFirstRound ? form.dataset.firstNumber : form.dataset.number);
  form.querySelector("[data-do]").disabled = !number;
  form.querySelector("progress").max = number || 1;
}

async function start(form) {
  const run = { isStopped: false, sent: 0, codes: new Map() };
  running = run;
  const reason = form.elements.reason.value.trim();
  const isFirstRound = Boolean(form.elements.first_round?.checked);
  show(form, "runs");
  const portions = portionsOf(form.dataset, isFirstRound, run);
  const problem = await move(portions, form.dataset.api, reason, run, () => tell(form, run));
  running = null;
  finish(form, run, problem, reason);
}

function show(form, state) {
  for (const part of form.querySelectorAll("[data-asks]")) part.hidden = true;
  form.querySelector("[data-runs]").hidden = false;
  form.querySelector("[data-stop]").hidden = state !== "runs";
  form.querySelector("[data-done]").hidden = state !== "done";
}

function tell(form, run) {
  const progress = form.querySelector("progress");
  progress.max = Math.max(progress.max, run.sent);
  progress.value = run.sent;
  put(form.querySelector("[data-said]"), fill(gettext("%(sent)s of %(all)s"), { sent: count(run.sent), all: count(progress.max) }));
}

function finish(form, run, problem, reason) {
  show(form, "done");
  form.querySelector("progress").hidden = !problem && !run.isStopped;
  put(form.querySelector("h2"), titleOf(run, problem));
  form.querySelector("h2 + p").hidden = true;
  put(form.querySelector("[data-said]"), problem ?? "");
  form.querySelector("[data-codes]").replaceChildren(...[...run.codes].map(lineOf));
  sayWhy(form.querySelector("[data-why]"), reason);
  form.querySelector("[data-done]").focus();
  list.selectNone();
  renewAll();
}

function titleOf(run, problem) {
  if (problem) return gettext("Not all of them were moved");
  return run.isStopped ? gettext("Stopped") : gettext("Done");
}

function sayWhy(place, reason) {
  place.hidden = !reason;
  put(place, fill(gettext("Why: %(reason)s"), { reason }));
}

const WORDS = {
  requeued: gettext("sent back"),
  discarded: gettext("discarded"),
  refused: gettext("no dead letters any more: somebody was faster"),
  gone: gettext("cannot be sent back: their entry is gone"),
  missing: gettext("are not there any more"),
  broken: gettext("unreadable: see their own pages"),
};

function lineOf([code, ids]) {
  const line = document.createElement("li");
  const number = document.createElement("b");
  number.textContent = count(ids.length);
  line.append(number, ` ${WORDS[code] ?? code}`);
  const isDone = code === "requeued" || code === "discarded";
  // Those that were not moved are worth a look.
  for (const id of isDone ? [] : ids.slice(0, 3)) line.append(", ", linkTo(id));
  return line;
}

function linkTo(id) {
  const link = document.createElement("a");
  [link.href, link.textContent] = [list.dataset.orderUrl.replace("0-0", id), id];
  return link;
}
