// <board-alarms>: what a person should know, one line each; three at most. Readers hear each alarm once, as it begins.
import { alarmWords, keyOf, moreWords } from "./alarm-words.js";
import { feed } from "./board-feed.js";
import { onTick } from "./clock.js";
import { linkOrders } from "./order-links.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { cell, Rows } from "./rows.js";
import { put, setAttribute, setShape } from "./spot.js";

const SHOWN = 3;

class BoardAlarms extends HTMLElement {
  connectedCallback() {
    const fill = (row, alarm) => fillRow(row, alarm, this.dataset);
    this.rows = new Rows(this.querySelector("[data-rows]"), this.querySelector("template"), fill);
    this.said = new Set(feed.view.figures.alarms.map(keyOf));
    const paint = painter(() => this.paint(feed.view.figures.alarms), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  paint(alarms) {
    this.rows.show(alarms.slice(0, SHOWN), keyOf);
    const more = this.querySelector("[data-more-alarms]");
    put(more, moreWords(alarms.length - SHOWN));
    more.hidden = alarms.length <= SHOWN;
    this.hidden = !alarms.length;
    this.#announce(alarms);
  }

  // Its figures move all the time; what has begun is said once, and again only if it began again.
  #announce(alarms) {
    const begun = alarms.filter((alarm) => !this.said.has(keyOf(alarm)));
    this.said = new Set(alarms.map(keyOf));
    if (!begun.length) return;
    const words = begun.map(alarmWords).map(({ head, text }) => `${head} ${text}`);
    document.getElementById("alarm").textContent = words.join(" ");
  }
}

// pages: the path of each that may show more, by its name.
function fillRow(row, alarm, pages) {
  const { head, text, status, icon, since, look } = alarmWords(alarm);
  setAttribute(row, "data-status", status);
  setShape(row, icon);
  put(cell(row, "head"), head);
  put(cell(row, "text"), text);
  linkOrders(cell(row, "ids"), alarm.ids, pages.orders);
  put(cell(row, "since"), since);
  setAttribute(cell(row, "look"), "href", pages[look]);
}

customElements.define("board-alarms", BoardAlarms);
