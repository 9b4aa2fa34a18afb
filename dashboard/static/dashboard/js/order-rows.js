// <order-rows>: the newest orders, changing in place. Rows that arrive do not push under a reader; a bar counts them.
import { feed } from "./board-feed.js";
import { onTick, secondsSince } from "./clock.js";
import { headAndTail } from "./cursors.js";
import { amount, count, spanText } from "./format.js";
import { Hold } from "./hold.js";
import { FIGURES_PER_SECOND, painter, ROWS_PER_SECOND } from "./painter.js";
import { cell, Rows } from "./rows.js";
import { put, setAttribute } from "./spot.js";
import { fillSpots } from "./spots.js";
import { setStatus } from "./status-cell.js";
import { fill, gettext, ngettext } from "./words.js";

const keyOf = ({ id }) => id;

class OrderRows extends HTMLElement {
  #mine = new Set();

  connectedCallback() {
    this.body = this.querySelector("tbody[data-rows]");
    this.rows = new Rows(this.body, this.querySelector("template"), fillRow);
    const paint = painter(() => this.paint(feed.view), ROWS_PER_SECOND);
    this.hold = new Hold(this, paint);
    this.bar = this.querySelector(".fresh");
    this.bar.addEventListener("click", () => this.release());
    const age = painter(() => this.rows.forEach(setAge), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(age)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  // An order placed from this page is marked, so that one finds it among the others.
  mark(id) {
    this.#mine.add(id);
    this.paint(feed.view);
  }

  toggleHold() {
    this.hold.asked = !this.hold.asked;
    this.paint(feed.view);
  }

  release() {
    this.hold.asked = false;
    this.show(feed.view.orders);
  }

  paint({ orders }) {
    fillSpots(this, feed.view);
    if (this.body.childElementCount && this.hold.isOn && !this.#hasAwaited(orders)) this.keep(orders);
    else this.show(orders);
  }

  // Whoever has just placed an order wants to see it, wherever the pointer was left.
  #hasAwaited(orders) {
    return orders.some(({ id }) => this.#mine.has(id) && !this.rows.has(id));
  }

  show(orders) {
    this.rows.show(orders, keyOf);
    this.rows.forEach((row, id) => row.classList.toggle("just", this.#mine.has(id)));
    this.querySelector("[data-none]").hidden = orders.length > 0;
    this.bar.hidden = true;
  }

  keep(orders) {
    const living = new Map(orders.map((order) => [order.id, order]));
    this.rows.forEach((row, id) => {
      // It is no longer among the newest: nothing more is heard of it here.
      setAttribute(row, "data-left", !living.has(id));
      if (living.has(id)) this.rows.update(id, living.get(id));
    });
    this.say(orders.filter(({ id }) => !this.rows.has(id)).length);
  }

  say(fresh) {
    this.bar.hidden = fresh === 0 && !this.hold.asked;
    const text = fresh
      ? fill(ngettext("%(count)s new order. Show it", "%(count)s new orders. Show them", fresh), { count: count(fresh) })
      : gettext("Rows are held. Go on");
    put(this.bar.querySelector("[data-word]"), text);
  }
}

function fillRow(row, order) {
  row.created = order.created_at;
  row.removeAttribute("data-left");
  setStatus(row.querySelector(".status"), order.status);
  const id = cell(row, "id");
  setAttribute(id, "title", order.id);
  setAttribute(id, "href", id.getAttribute("href").replace(/[^/]+\/$/, `${order.id}/`));
  const [head, tail] = headAndTail(order.id);
  put(id.firstElementChild, head);
  put(id.lastElementChild, tail);
  const customer = cell(row, "customer");
  put(customer, order.customer_id ?? gettext("unknown"));
  setAttribute(customer, "title", order.customer_id);
  put(cell(row, "amount"), order.amount === null ? gettext("unknown") : amount(order.amount));
  put(cell(row, "worker"), order.worker ?? "–");
  setAttribute(row.querySelector(".status"), "title", order.error);
  setAge(row);
}

function setAge(row) {
  // Rows that the server rendered carry their time as an attribute until they are filled.
  const created = row.created ?? (row.dataset.created ? Number(row.dataset.created) : null);
  put(cell(row, "age"), created === null ? gettext("unknown") : spanText(secondsSince(created)));
}

customElements.define("order-rows", OrderRows);
