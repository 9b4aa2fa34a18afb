// <slot-stepper>: how many orders a worker may have at one time. Steps are gathered for a moment, then asked for once;
// a refusal stands below.
import { deed } from "./deeds.js";
import { put, setAttribute } from "./spot.js";
import { fill, gettext } from "./words.js";

const GATHER_MS = 600;
const LEAST = 1;
const MOST = 10_000;

class SlotStepper extends HTMLElement {
  // What somebody types is not changed under the hands; a new number from the server comes as a new element.
  isItsOwn = true;
  #timer = 0;

  connectedCallback() {
    this.input = this.querySelector("input");
    this.wrong = this.querySelector(".wrong");
    this.addEventListener("click", ({ target }) => target.dataset.step && this.step(Number(target.dataset.step)));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("change", () => this.ask(this.value));
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get value() {
    const typed = Number.parseInt(this.input.value, 10);
    return Number.isNaN(typed) ? Number(this.dataset.value) : Math.min(MOST, Math.max(LEAST, typed));
  }

  pressed(event) {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step || event.target !== this.input) return;
    event.preventDefault();
    this.step(step);
  }

  step(by) {
    this.ask(Math.min(MOST, Math.max(LEAST, this.value + by)));
  }

  ask(number) {
    this.input.value = number;
    this.refuse("");
    clearTimeout(this.#timer);
    if (number !== Number(this.dataset.value)) this.#timer = setTimeout(() => this.send(number), GATHER_MS);
  }

  async send(concurrency) {
    // Not on the element itself: with attributes of its own it would be exchanged, and the answer come to nobody.
    setAttribute(this.firstElementChild, "aria-busy", "true");
    const { problem, answer } = await deed(this.dataset.url, "PUT", { concurrency });
    setAttribute(this.firstElementChild, "aria-busy", null);
    if (problem) return this.refuse(problem);
    const said = fill(gettext("Asked for %(count)s orders at one time."), { count: concurrency });
    document.getElementById("announcement").textContent = said;
    document.dispatchEvent(new CustomEvent("deed-done", { detail: { button: this, answer } }));
  }

  // Empty: nothing is refused.
  refuse(problem) {
    put(this.wrong, problem);
    setAttribute(this.input, "aria-invalid", problem ? "true" : null);
    if (problem) this.input.value = this.dataset.value;
  }
}

customElements.define("slot-stepper", SlotStepper);
