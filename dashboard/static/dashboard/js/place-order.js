// <place-order>: the drawer's form. It sends over the API, says what came of it, and shows the same as a curl line.
import { place } from "./api.js";
import { headAndTail } from "./cursors.js";
import { curlLine } from "./curl.js";
import { FillingKey } from "./idempotency.js";
import { bodyOf } from "./order-body.js";
import { clearProblem, clearProblems, showProblems } from "./problems.js";
import { put, setAttribute } from "./spot.js";
import { count } from "./format.js";
import { fill, gettext } from "./words.js";

const NOTE_LENGTH = 500;

class PlaceOrder extends HTMLElement {
  #key = new FillingKey();
  #isSending = false;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.said = this.querySelector(".form-note");
    this.form.addEventListener("submit", (event) => this.send(event));
    this.form.addEventListener("reset", () => setTimeout(() => this.cleared()));
    this.form.addEventListener("input", ({ target }) => this.changed(target));
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    this.refresh();
  }

  async send(event) {
    event.preventDefault();
    if (this.#isSending) return;
    this.#isSending = true;
    setAttribute(this.form, "aria-busy", true);
    const body = JSON.stringify(bodyOf(this.form));
    const csrfToken = this.form.elements.csrfmiddlewaretoken.value;
    const outcome = await place(this.form.dataset.api, body, { key: this.#key.of(body), csrfToken });
    this.#isSending = false;
    setAttribute(this.form, "aria-busy", null);
    this[outcome.kind](outcome);
  }

  placed({ id }) {
    this.#key.spend();
    this.form.reset();
    const done = fill(gettext("Placed as order …%(tail)s."), { tail: headAndTail(id)[1] });
    setTimeout(() => this.say("completed", done)); // after what the reset clears
    this.form.elements.customer_id.focus();
    this.dispatchEvent(new CustomEvent("order-placed", { detail: id, bubbles: true }));
  }

  refused({ status, problem }) {
    const elsewhere = showProblems(this.form, problem.errors ?? []);
    if (problem.errors && !elsewhere.length) return this.say(null, "");
    const detail = [problem.detail ?? fill(gettext("Refused with status %(status)s."), { status }), ...elsewhere].join(" ");
    this.say("failed", detail);
  }

  silence() {
    this.say("warning", gettext("No answer came. Send it again: it will still be one order."));
  }

  cleared() {
    clearProblems(this.form);
    this.say(null, "");
    this.refresh();
  }

  changed(field) {
    clearProblem(this.form, field);
    this.say(null, "");
    this.refresh();
  }

  refresh() {
    const body = bodyOf(this.form);
    const used = { count: count(this.form.elements.note.value.length), limit: count(NOTE_LENGTH) };
    put(this.querySelector("[data-note-length]"), fill(gettext("%(count)s of %(limit)s"), used));
    const url = new URL(this.form.dataset.api, location.href).href;
    put(this.querySelector("[data-curl]"), curlLine(url, body, this.#key.of(JSON.stringify(body))));
  }

  say(status, text) {
    setAttribute(this.said, "data-status", status);
    this.said.querySelector("use").setAttribute("href", this.said.dataset[status === "completed" ? "done" : "alert"]);
    put(this.said.querySelector("[data-word]"), text);
    this.said.classList.toggle("for-readers", !text);
  }
}

customElements.define("place-order", PlaceOrder);
