// <orders-list>: where the newest orders are shown, others come in at the top; not under a reader: then a bar counts them.
import { feed } from "./board-feed.js";
import { isEarlier } from "./cursors.js";
import { count } from "./format.js";
import { Hold } from "./hold.js";
import { renew } from "./live-parts.js";
import { painter } from "./painter.js";
import { put } from "./spot.js";
import { ORDERS_SHOWN } from "./view.js";
import { fill, gettext, ngettext } from "./words.js";

const BEFORE_ALL = "0-0";
const LISTS_PER_SECOND = 1;

class OrdersList extends HTMLElement {
  #awaited = null;

  connectedCallback() {
    this.bar = this.querySelector(".fresh-bar");
    this.bar.addEventListener("click", () => this.release());
    const look = painter(() => this.look(), LISTS_PER_SECOND);
    this.hold = new Hold(this, look);
    this.leave = feed.subscribe(look);
  }

  disconnectedCallback() {
    this.leave();
  }

  // Whoever has just placed an order wants to see it, wherever the pointer was left.
  await(id) {
    this.#awaited = id;
    this.look();
  }

  toggleHold() {
    this.hold.asked = !this.hold.asked;
    this.look();
  }

  release() {
    this.hold.asked = false;
    this.#show();
  }

  look() {
    const list = this.querySelector("#list");
    if (!("top" in list.dataset) || feed.blindness) return;
    const fresh = this.#fresh(list);
    if (fresh.length && (!this.hold.isOn || fresh.includes(this.#awaited))) return this.#show();
    this.bar.hidden = !fresh.length && !this.hold.asked;
    put(this.bar.querySelector("[data-word]"), fresh.length ? counted(fresh.length) : gettext("Rows are held. Go on"));
  }

  #fresh({ dataset }) {
    const first = this.querySelector("[data-rows] > [data-key]")?.dataset.key ?? BEFORE_ALL;
    const asked = dataset.statuses ? dataset.statuses.split(" ") : null;
    return feed.view.orders
      .filter(({ id, status }) => isEarlier(first, id) && (!asked || asked.includes(status)))
      .map(({ id }) => id);
  }

  #show() {
    this.#awaited = null;
    this.bar.hidden = true;
    renew(this.querySelector("#list"));
  }
}

// The feed knows no more than the newest ones.
function counted(fresh) {
  const values = { count: count(fresh) };
  if (fresh >= ORDERS_SHOWN) return fill(gettext("%(count)s or more new orders. Show them"), values);
  return fill(ngettext("%(count)s new order. Show it", "%(count)s new orders. Show them", fresh), values);
}

customElements.define("orders-list", OrdersList);
