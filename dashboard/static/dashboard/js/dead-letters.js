// <dead-letters>: which of them are selected, and a list that does not change under a reader; then a bar says that it did.
import { Hold } from "./hold.js";
import { renew } from "./live-parts.js";
import { put } from "./spot.js";
import { count } from "./format.js";
import { fill, gettext } from "./words.js";

class DeadLetters extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector(".fresh-bar");
    this.hold = new Hold(this, () => this.released());
    this.bar.addEventListener("click", () => this.release());
    this.addEventListener("part-due", (event) => this.due(event));
    this.addEventListener("part-renewed", () => this.renewed());
    this.addEventListener("change", ({ target }) => this.changed(target));
    this.addEventListener("click", ({ target }) => target.closest("[data-select-none]") && this.selectNone());
    this.renewed();
  }

  get selected() {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }

  get boxes() {
    return [...this.querySelectorAll("[data-select]")];
  }

  get part() {
    return this.querySelector("#letters");
  }

  // A list that somebody reads, or has selected of, stays as it is until they ask.
  due(event) {
    if (!this.hold.isOn && !this.selected.length) return;
    event.preventDefault();
    this.bar.hidden = false;
  }

  released() {
    if (!this.bar.hidden && !this.hold.isOn && !this.selected.length) this.release();
  }

  release() {
    renew(this.part);
  }

  renewed() {
    this.bar.hidden = true;
    for (const button of this.querySelectorAll("[data-preflight]")) button.hidden = false;
    this.say();
  }

  changed(box) {
    if (box.matches("[data-select-all]")) for (const each of this.boxes) each.checked = box.checked;
    this.say();
  }

  selectNone() {
    for (const box of this.boxes) box.checked = false;
    this.say();
  }

  say() {
    const bulk = this.querySelector("#bulk");
    if (!bulk) return;
    const { length } = this.selected;
    bulk.hidden = !length;
    put(bulk.querySelector("[data-selected]"), fill(gettext("%(count)s selected"), { count: count(length) }));
    const all = this.querySelector("[data-select-all]");
    all.checked = length > 0 && length === this.boxes.length;
    all.indeterminate = length > 0 && !all.checked;
  }
}

customElements.define("dead-letters", DeadLetters);
