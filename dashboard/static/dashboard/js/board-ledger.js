// <board-ledger>: the audit's verdict in the head; a click shows the lines behind it, with a link to each order.
import { feed } from "./board-feed.js";
import { onTick } from "./clock.js";
import { ledger } from "./ledger.js";
import { linkOrders } from "./order-links.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { cell, Rows } from "./rows.js";
import { put, setAttribute, setShape } from "./spot.js";

class BoardLedger extends HTMLElement {
  connectedCallback() {
    const fill = (row, line) => fillRow(row, line, this.dataset.orders);
    this.rows = new Rows(this.querySelector("[data-rows]"), this.querySelector("template"), fill);
    const paint = painter(() => this.paint(ledger(feed.view.figures.verdict)), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  paint({ status, icon, said, lines, help }) {
    setAttribute(this, "data-status", status);
    setShape(this.querySelector("button"), icon);
    const text = this.querySelector("[data-said]");
    put(text, said);
    setAttribute(text, "title", said);
    this.rows.show(lines, ({ key }) => key);
    put(this.querySelector("[data-help]"), help);
  }
}

function fillRow(row, { label, text, ids }, orders) {
  put(cell(row, "label"), label);
  put(cell(row, "text"), text);
  linkOrders(cell(row, "ids"), ids, orders);
}

customElements.define("board-ledger", BoardLedger);
