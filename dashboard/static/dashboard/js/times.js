// <age-since ms>, <span-until ms> and <clock-time>: times that count on, in the viewer's zone.
import { now, onTick, secondsSince } from "./clock.js";
import { clockTime, dayTime, spanText } from "./format.js";
import { put } from "./spot.js";

class Counting extends HTMLElement {
  isItsOwn = true;

  connectedCallback() {
    this.leave = onTick(() => this.paint());
    this.paint();
  }

  disconnectedCallback() {
    this.leave();
  }

  paint() {
    put(this, spanText(Math.max(0, this.sign * secondsSince(Number(this.getAttribute("ms"))))));
  }
}

class AgeSince extends Counting {
  sign = 1;
}

class SpanUntil extends Counting {
  sign = -1;
}

class ClockTime extends HTMLElement {
  isItsOwn = true;

  connectedCallback() {
    const time = this.querySelector("time");
    const at = new Date(time.dateTime);
    put(time, isToday(at) || this.hasAttribute("exact") ? clockTime(at) : dayTime(at));
    time.title = at.toLocaleString(document.documentElement.lang);
  }
}

const isToday = (at) => at.toDateString() === new Date(now()).toDateString();

customElements.define("age-since", AgeSince);
customElements.define("span-until", SpanUntil);
customElements.define("clock-time", ClockTime);
