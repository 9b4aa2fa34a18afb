// <board-ranking>: the first five products and customers of the last hour, by orders or by amount.
import { feed } from "./board-feed.js";
import { amount, count } from "./format.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { cell, Rows } from "./rows.js";
import { put, setAttribute } from "./spot.js";
import { fillSpots } from "./spots.js";

class BoardRanking extends HTMLElement {
  connectedCallback() {
    const template = this.querySelector("template");
    this.lists = [...this.querySelectorAll("[data-of]")].map((section) => ({
      of: section.dataset.of,
      none: section.querySelector("[data-none]"),
      rows: new Rows(section.querySelector("[data-rows]"), template, fillRow),
    }));
    this.buttons = [...this.querySelectorAll("button[data-by]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.rankBy(button.dataset.by));
    this.leave = feed.subscribe(painter(() => this.paint(feed.view), FIGURES_PER_SECOND));
  }

  disconnectedCallback() {
    this.leave();
  }

  rankBy(by) {
    this.dataset.by = by;
    for (const button of this.buttons) setAttribute(button, "aria-pressed", String(button.dataset.by === by));
    this.paint(feed.view);
  }

  paint(view) {
    fillSpots(this, view);
    for (const { of, none, rows } of this.lists) {
      const places = view.figures.ranking?.[`${of}_by_${this.dataset.by}`] ?? [];
      // Rows are places: names move through them, and nothing is pushed.
      rows.show(places.map((place, k) => ({ ...place, number: String(k + 1) })), ({ number }) => number);
      none.hidden = places.length > 0;
    }
  }
}

function fillRow(row, { number, name, orders, amount: sum }) {
  put(cell(row, "number"), number);
  put(cell(row, "name"), name);
  setAttribute(cell(row, "name"), "title", name);
  put(cell(row, "orders"), count(orders));
  put(cell(row, "amount"), amount(sum));
}

customElements.define("board-ranking", BoardRanking);
