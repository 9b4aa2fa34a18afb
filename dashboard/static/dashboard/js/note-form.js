// <note-form>: writes a note on an order over the API; what was typed stays until it is written.
import { deed } from "./deeds.js";
import { renewAll } from "./live-parts.js";

class NoteForm extends HTMLElement {
  connectedCallback() {
    this.hidden = false; // without scripts it would write nothing
    this.addEventListener("submit", (event) => this.send(event));
    this.addEventListener("input", () => this.say(""));
  }

  async send(event) {
    event.preventDefault();
    const field = this.querySelector("input");
    if (this.isSending || !field.value.trim()) return field.focus();
    this.isSending = true;
    const { problem } = await deed(this.dataset.url, "POST", { text: field.value });
    this.isSending = false;
    if (problem) return this.say(problem);
    field.value = "";
    renewAll();
  }

  say(text) {
    this.querySelector(".wrong").textContent = text;
    this.querySelector("input").setAttribute("aria-invalid", Boolean(text));
  }
}

customElements.define("note-form", NoteForm);
