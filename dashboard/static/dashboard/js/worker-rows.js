// <worker-rows>: one row per worker; what it does now, what it holds, and when it was last heard.
import { feed } from "./board-feed.js";
import { onTick, secondsSince } from "./clock.js";
import { count, known, NBSP, rate, spanText } from "./format.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { cell, Rows } from "./rows.js";
import { Sparks } from "./sparks.js";
import { put, setAttribute } from "./spot.js";
import { fillSpots } from "./spots.js";
import { setStatus } from "./status-cell.js";
import { statusWord } from "./statuses.js";
import { fill, gettext, ngettext } from "./words.js";

const CELLS = 16;
const DASH = "–";

class WorkerRows extends HTMLElement {
  connectedCallback() {
    this.sparks = new Sparks(this.dataset.api, feed, this);
    this.rows = new Rows(this.querySelector("tbody[data-rows]"), this.querySelector("template"), fillRow);
    const paint = painter(() => this.paint(feed.view), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(paint), onTick(paint)];
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
  }

  paint(view) {
    const { workers, figures } = view;
    fillSpots(this, view);
    const alarms = new Map(figures.alarms.map((alarm) => [alarm.worker, alarm]));
    this.rows.show(workers.map((worker) => ({ ...worker, alarm: alarms.get(worker.name) })), ({ name }) => name);
    this.sparks.paint(view, this.rows);
    this.querySelector("[data-none]").hidden = workers.length > 0;
  }
}

function fillRow(row, worker) {
  const isLost = worker.state === "lost";
  setAttribute(row, "data-quiet", isLost);
  setStatus(row.querySelector(".status"), worker.state);
  put(cell(row, "name"), worker.name);
  setAttribute(cell(row, "name"), "title", worker.name);
  const tag = cell(row, "state");
  tag.hidden = worker.state === "alive";
  put(tag, statusWord(worker.state));
  put(cell(row, "rate"), isLost ? DASH : known(worker.rate, (value) => [rate(value), gettext("/s")]));
  fillHand(row, worker);
  const p95 = cell(row, "p95");
  put(p95, worker.p95 ? [rate(worker.p95), NBSP + gettext("s")] : DASH);
  setAttribute(p95, "data-status", worker.alarm?.kind === "slow_worker" ? "warning" : null);
  put(cell(row, "completed"), known(worker.completed, count));
  put(cell(row, "failed"), known(worker.failed, count));
  const beat = cell(row, "beat");
  put(beat, known(worker.beat_at, (at) => since(at, isLost)));
  setAttribute(beat, "data-status", isLost ? "lost" : null);
  put(cell(row, "up"), isLost ? DASH : known(worker.started_at, (at) => spanText(secondsSince(at))));
  put(cell(row, "host"), known(worker.host, (host) => fill(gettext("%(host)s, pid %(pid)s"), { host, pid: worker.pid })));
}

function since(at, isLost) {
  const age = spanText(secondsSince(at));
  return isLost ? fill(gettext("%(age)s ago"), { age }) : age;
}

function fillHand(row, { in_hand: inHand, concurrency: given, alarm, state }) {
  const concurrency = state === "lost" ? 0 : given;
  const cells = Math.min(CELLS, concurrency ?? 0);
  const on = concurrency ? Math.ceil((inHand * cells) / concurrency) : 0;
  const slots = row.querySelector(".slots");
  while (slots.childElementCount > cells) slots.lastElementChild.remove();
  while (slots.childElementCount < cells) slots.append(document.createElement("i"));
  [...slots.children].forEach((slot, k) => slot.classList.toggle("on", k < on));
  const isHandedOn = alarm?.orders && !alarm.held;
  put(cell(row, "in_hand"), isHandedOn ? handedOn(alarm.orders) : count(inHand));
  put(cell(row, "concurrency"), concurrency ? fill(gettext("of %(count)s"), { count: count(concurrency) }) : "");
}

const handedOn = (n) => fill(ngettext("%(count)s handed on", "%(count)s handed on", n), { count: count(n) });

customElements.define("worker-rows", WorkerRows);
