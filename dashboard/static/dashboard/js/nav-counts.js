// The numbers beside the pages' names, such as how many dead letters there are: quiet while there are none.
import { feed } from "./board-feed.js";
import { count } from "./format.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { put, setAttribute } from "./spot.js";
import { fill, gettext } from "./words.js";

const places = document.querySelectorAll("[data-nav-count]");

function paint() {
  const { totals } = feed.view.figures;
  for (const place of places) {
    const status = place.dataset.navCount;
    if (status === "workers") put(place, atWork(feed.view.workers));
    else {
      setAttribute(place, "data-status", totals?.[status] ? status : null);
      put(place, totals ? count(totals[status]) : "");
    }
  }
}

function atWork(workers) {
  const living = workers.filter(({ state }) => state !== "lost").length;
  const values = { living: count(living), all: count(workers.length) };
  return workers.length ? fill(gettext("%(living)s of %(all)s"), values) : "";
}

if (places.length) feed.subscribe(painter(paint, FIGURES_PER_SECOND));
