// <live-tail>: the newest entries of a stream. They stand still while somebody has the pointer or the focus among them,
// has scrolled into them, or asked for it; `.` asks and lets go.
import { Hold } from "./hold.js";
import { renew } from "./live-parts.js";
import { listenForKeys } from "./shortcuts.js";
import { put } from "./spot.js";
import { gettext } from "./words.js";
import { zone } from "./format.js";

class LiveTail extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("[data-hold]");
    this.querySelector("[data-viewers-zone]")?.setAttribute("value", zone);
    if (!this.button) return; // a place in the past: nothing moves
    this.tail = this.querySelector("[data-live]");
    this.hold = new Hold(this.tail, () => this.released());
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.toggle());
    this.addEventListener("part-due", (event) => {
      if (!this.hold.isOn) return;
      this.isBehind = true;
      event.preventDefault();
    });
  }

  toggle() {
    this.hold.asked = !this.hold.asked;
    const icon = this.button.querySelector("use");
    icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, this.hold.asked ? "#play" : "#paused"));
    put(this.button.querySelector("[data-word]"), this.hold.asked ? gettext("Go on") : gettext("Pause"));
    if (!this.hold.asked) this.released();
  }

  // Whoever comes back to the top wants to see what has happened since.
  released() {
    if (!this.isBehind || this.hold.isOn) return;
    this.isBehind = false;
    renew(this.tail);
  }
}

customElements.define("live-tail", LiveTail);

listenForKeys({ ".": () => document.querySelectorAll("live-tail").forEach((tail) => tail.button && tail.toggle()) });
