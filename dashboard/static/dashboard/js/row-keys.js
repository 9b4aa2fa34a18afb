// j and k go from row to row: the focus stands on the link of a row, so that Enter opens it; x ticks the row.
import { listenForKeys } from "./shortcuts.js";

const LINK = "[data-rows] [data-row-link]";

export function listenForRowKeys() {
  if (!document.querySelector("[data-rows]")) return;
  listenForKeys({ j: () => go(1), k: () => go(-1), x: tick });
}

// A list has a form for wide and for narrow screens; only one of them is seen.
const links = () => [...document.querySelectorAll(LINK)].filter((link) => link.checkVisibility());
const rowOf = (element) => element?.closest?.("[data-rows] > [data-key]") ?? null;

function go(step) {
  const seen = links();
  const here = rowOf(document.activeElement);
  const at = seen.findIndex((link) => rowOf(link) === here);
  const next = seen[at < 0 ? 0 : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function tick() {
  rowOf(document.activeElement)?.querySelector("input[type=checkbox]")?.click();
}
