// <place-many>: the dialog that lets this tab place made-up orders. A reload ends the run, and says how far it came.
import { place } from "./api.js";
import { BatchRun } from "./batch-run.js";
import { open } from "./dialogs.js";
import { count, spanText } from "./format.js";
import { clearProblems, showProblems } from "./problems.js";
import { setAttribute } from "./spot.js";
import { fill, gettext } from "./words.js";

const STORED = "place-many";
const LIMITS = { count: 100_000, rate: 1000 };

class PlaceMany extends HTMLElement {
  run = null;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.note = this.querySelector(".form-note");
    this.bar = this.querySelector("progress");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
    this.form.addEventListener("input", () => clearProblems(this.form));
    this.querySelector("[data-stop]").addEventListener("click", () => this.run?.stop());
    addEventListener("pagehide", () => this.run && keep(this.run));
    this.tellInterrupted();
  }

  // The page was left in the middle of it.
  tellInterrupted() {
    const left = sessionStorage.getItem(STORED);
    sessionStorage.removeItem(STORED);
    if (!left) return;
    const { placed, all } = JSON.parse(left);
    const text = gettext("The page was loaded again, which stopped it: %(placed)s of %(all)s were placed.");
    this.say("warning", fill(text, { placed: count(placed), all: count(all) }));
    open("place-many");
  }

  start() {
    if (this.run) return;
    const asked = { count: this.number("count"), rate: this.number("rate") };
    const errors = Object.entries(asked)
      .filter(([, number]) => number === null)
      .map(([field]) => ({ field, message: fill(gettext("A whole number from 1 to %(most)s."), { most: count(LIMITS[field]) }) }));
    showProblems(this.form, errors);
    if (errors.length) return;
    const csrfToken = this.form.elements.csrfmiddlewaretoken.value;
    this.began = performance.now();
    this.run = new BatchRun(
      asked,
      (body, key) => place(this.form.dataset.api, body, { key, csrfToken }),
      () => this.paint(),
    );
    this.paint();
    this.run.run().finally(() => this.end());
  }

  number(name) {
    const text = this.form.elements[name].value.trim();
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
    return number >= 1 && number <= LIMITS[name] ? number : null;
  }

  end() {
    this.run = null;
    this.paintButtons();
  }

  paint() {
    const { phase, placed, count: all } = this.run;
    this.bar.hidden = false;
    this.bar.max = all;
    this.bar.value = placed;
    this.paintButtons();
    const [status, text] = words(this.run, (performance.now() - this.began) / 1000);
    this.say(status, text);
    if (phase === "done" || phase === "stopped" || phase === "refused") sessionStorage.removeItem(STORED);
  }

  paintButtons() {
    const isRunning = Boolean(this.run);
    this.querySelector("[data-start]").hidden = isRunning;
    this.querySelector("[data-stop]").hidden = !isRunning;
    for (const field of this.form.querySelectorAll("input.input")) field.disabled = isRunning;
    // The dialog may be closed meanwhile: what opens it says how far the run is.
    const opener = document.querySelector("[data-place-many]");
    if (opener) opener.textContent = isRunning ? soFar(this.run) : gettext("Place many…");
  }

  say(status, text) {
    setAttribute(this.note, "data-status", status);
    this.note.querySelector("[data-word]").textContent = text;
    this.note.classList.toggle("for-readers", !text);
    this.note.querySelector("use").setAttribute("href", this.note.dataset[status === "completed" ? "done" : "alert"]);
  }
}

const soFar = ({ placed, count: all }) => fill(gettext("%(placed)s of %(all)s…"), { placed: count(placed), all: count(all) });
const keep = ({ placed, count: all }) => sessionStorage.setItem(STORED, JSON.stringify({ placed, all }));

function words({ phase, placed, count: all, problem }, seconds) {
  const values = { placed: count(placed), all: count(all), span: spanText(seconds), problem };
  switch (phase) {
    case "done":
      return ["completed", fill(gettext("%(placed)s orders placed in %(span)s."), values)];
    case "stopped":
      return ["warning", fill(gettext("Stopped: %(placed)s of %(all)s were placed."), values)];
    case "refused":
      return ["failed", fill(gettext("%(problem)s It ended with %(placed)s of %(all)s placed."), values)];
    case "waiting":
      return ["warning", fill(problem ? gettext("%(placed)s of %(all)s placed. It waits: %(problem)s") : gettext("%(placed)s of %(all)s placed. No answer comes; it tries again."), values)];
    default:
      return ["processing", fill(gettext("%(placed)s of %(all)s placed."), values)];
  }
}

customElements.define("place-many", PlaceMany);
