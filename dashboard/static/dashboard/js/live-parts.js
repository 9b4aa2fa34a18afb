// Renews the parts of a page that carry data-live, through htmx: each asks for itself again when something happened.
//   data-live="events"   after any change of any order
//   data-live="figures"  with the figures too: while the feed speaks
//   data-every="5"       at most once in so many seconds; once a second without
// A part has an id and names its own URL (hx-get, hx-trigger="renew", hx-swap="outerHTML"); the server answers with
// the part alone, or 204 when it has nothing new. What changed is put in place: focus, selection, scrolling and what
// was typed stay. A link with data-turns="<id of a part>" brings another page of that part, and its own address.
// Before a part asks it says "part-due"; whoever prevents that keeps it as it is. Afterwards it says "part-renewed".
import { feed } from "./board-feed.js";
import { morph } from "./morph.js";

const EVERY_SECONDS = 1;

// By the part's id: when it was asked for, at which state of the feed, and what came.
const askedAt = new Map();
const askedFor = new Map();
const shown = new Map();
// Parts that somebody asks for, not the feed: their answer is shown under a reader's hands too.
const wanted = new Set();
let timer = 0;

export function keepPartsLive() {
  feed.subscribe(renewDue);
  document.addEventListener("visibilitychange", renewDue);
  document.addEventListener("click", turn);
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { target, serverResponse, shouldSwap, pathInfo } = event.detail;
    if (!isPart(target)) return;
    event.detail.shouldSwap = false;
    // Since it was asked, the part may have become another page of itself.
    if (shouldSwap && pathInfo.requestPath === target.getAttribute("hx-get")) put(target, serverResponse);
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"])
    document.body.addEventListener(failure, ({ detail }) => askedFor.delete(detail.target.id));
}

// Something was done from here: whoever did it looks for what came of it.
export function renewAll() {
  for (const part of document.querySelectorAll("[data-live]")) renew(part);
}

export function renew(part) {
  wanted.add(part.id);
  ask(part);
}

function ask(part) {
  askedAt.set(part.id, performance.now());
  askedFor.set(part.id, mark(part));
  part.dispatchEvent(new CustomEvent("renew")); // it does not bubble: a part around this one is not meant
}

// Another page of the part, at `href`.
function turnTo(part, href) {
  address(part, href);
  renew(part);
}

function turn(event) {
  const link = event.target.closest?.("a[data-turns]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  turnTo(document.getElementById(link.dataset.turns), link.getAttribute("href"));
}

function renewDue() {
  if (document.hidden || feed.blindness) return;
  let wait = Infinity;
  for (const part of document.querySelectorAll("[data-live]")) {
    if (mark(part) === askedFor.get(part.id)) continue;
    const every = Number(part.dataset.every ?? EVERY_SECONDS) * 1000;
    const due = (askedAt.get(part.id) ?? -Infinity) + every - performance.now();
    if (due > 0) wait = Math.min(wait, due);
    else if (!isHeld(part)) ask(part);
  }
  clearTimeout(timer);
  if (wait < Infinity) timer = setTimeout(renewDue, wait);
}

// Somebody reads it and holds it still: whoever answers "part-due" so asks by `renew` once it is let go.
const isHeld = (part) => !part.dispatchEvent(new CustomEvent("part-due", { bubbles: true, cancelable: true }));
const isPart = (element) => Boolean(element.id) && element.getAttribute("hx-trigger") === "renew";
const mark = (part) => (part.dataset.live === "figures" ? feed.view.at : feed.view.cursor);

function put(part, text) {
  const isWanted = wanted.delete(part.id);
  // What is shown already would only cost time.
  if (shown.get(part.id) === text) return;
  if (!isWanted && isHeld(part)) return askedFor.delete(part.id); // since it was asked for: it comes again
  const template = document.createElement("template");
  template.innerHTML = text;
  const fresh = template.content.firstElementChild;
  // A page in place of the part: whoever looks is to see it whole.
  if (fresh?.id !== part.id) return location.reload();
  const before = part.getAttribute("hx-get");
  for (const inner of part.querySelectorAll("[data-live]")) shown.delete(inner.id);
  if (morph(part, fresh)) shown.set(part.id, text);
  else {
    // Something is held by a selection. The address may say what is shown already, so it stays, and all is asked for again.
    address(part, before);
    askedFor.delete(part.id);
    shown.delete(part.id);
  }
  globalThis.htmx.process(part);
  part.dispatchEvent(new CustomEvent("part-renewed", { bubbles: true }));
}

function address(part, href) {
  part.setAttribute("hx-get", href);
  globalThis.htmx.process(part); // it reads the address once
}
