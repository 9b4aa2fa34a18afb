// <time-span ms>: as wide as it lasts, among its neighbours; with `since` it goes on, and grows.
import { onTick, secondsSince } from "./clock.js";

class TimeSpan extends HTMLElement {
  static observedAttributes = ["ms", "since"];

  connectedCallback() {
    this.leave = onTick(() => this.hasAttribute("since") && this.grow());
    this.grow();
  }

  disconnectedCallback() {
    this.leave();
  }

  attributeChangedCallback() {
    this.grow();
  }

  grow() {
    const since = this.getAttribute("since");
    const seconds = since === null ? Number(this.getAttribute("ms")) / 1000 : secondsSince(Number(since));
    this.style.flexGrow = Math.max(seconds, 0);
  }
}

customElements.define("time-span", TimeSpan);
