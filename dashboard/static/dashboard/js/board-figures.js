// <board-figures>: the sentence, the rail and the row of figures, painted in place from the view.
import { feed } from "./board-feed.js";
import { onTick } from "./clock.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { sentence } from "./sentence.js";
import { put, setAttribute } from "./spot.js";
import { beyondTarget, fillSpots } from "./spots.js";

class BoardFigures extends HTMLElement {
  connectedCallback() {
    const paint = painter(() => this.paint(feed.view), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  paint(view) {
    fillSpots(this, view);
    this.say(sentence(view));
    this.draw(view.figures);
  }

  say({ status, lead, head, body, more }) {
    const place = this.querySelector(".sentence");
    setAttribute(place, "data-status", status || null);
    put(place.querySelector("[data-lead]"), lead);
    put(place.querySelector("em"), head);
    put(place.querySelector("[data-body]"), body);
    put(this.querySelector("[data-more]"), more);
  }

  draw(figures) {
    const { totals, rates, paused } = figures;
    const isEmpty = totals !== null && totals.placed + totals.adopted === 0;
    const flow = this.querySelector(".flow");
    setAttribute(flow, "data-empty", isEmpty);
    setAttribute(flow, "data-run", !paused && (rates.completed > 0 || rates.placed > 0));
    setAttribute(this.querySelector(".loop"), "data-idle", !totals?.retrying);
    setAttribute(this.querySelector(".spur"), "data-idle", !totals?.failed);
    const oldest = this.querySelector("[data-oldest]");
    setAttribute(oldest, "href", `${oldest.dataset.orders}${figures.oldest ? `${figures.oldest.order_id}/` : ""}`);
    for (const [time, isBeyond] of Object.entries(beyondTarget(figures)))
      setAttribute(this.querySelector(`[data-time="${time}"]`), "data-status", isBeyond ? "warning" : null);
    for (const part of this.querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "empty") !== isEmpty;
  }
}

customElements.define("board-figures", BoardFigures);
