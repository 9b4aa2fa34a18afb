// Places many made-up orders from this tab, at a rate: one request at a time, each batch once however often it is sent.
import { randomKey } from "./idempotency.js";
import { madeUpOrder } from "./made-up.js";

const TICK_MS = 100;
// What the API takes in one request is 1,000; smaller ones show progress.
const BATCH_MOST = 500;
// What an outage or a hidden tab held up is not made good in one burst.
const DEBT_SECONDS = 2;
const SILENCE_MS = 1000;
// Too much by this person lately, or too many unfinished orders: what was sent is welcome later.
const LATER = new Set([429, 503]);

export class BatchRun {
  placed = 0;
  // running, waiting (told to come back later, or no answer), done, stopped, refused
  phase = "running";
  problem = "";

  // send(body, key): what api.js answers. tell(): something has changed.
  constructor({ count, rate }, send, tell, { nowMs = () => performance.now(), pause = sleep } = {}) {
    Object.assign(this, { count, rate, send, tell, nowMs, pause });
    this.origin = nowMs();
  }

  stop() {
    this.isStopAsked = true;
  }

  async run() {
    while (this.placed < this.count && !this.isStopAsked) {
      const due = this.due();
      if (due < 1) await this.pause(TICK_MS);
      else if (!(await this.placeBatch(due))) return;
    }
    this.say(this.placed < this.count ? "stopped" : "done");
  }

  due() {
    const debt = (this.nowMs() - this.origin) / 1000 - this.placed / this.rate;
    const most = Math.max(DEBT_SECONDS, 1 / this.rate);
    if (debt > most) this.origin += (debt - most) * 1000;
    const owed = Math.floor(Math.min(debt, most) * this.rate);
    return Math.min(owed, BATCH_MOST, this.count - this.placed);
  }

  // False: it is over, refused for good or stopped while it waited. The same key again gives the same orders.
  async placeBatch(size) {
    const body = JSON.stringify({ orders: Array.from({ length: size }, () => madeUpOrder()) });
    const key = randomKey();
    while (true) {
      const outcome = await this.send(body, key);
      if (outcome.kind === "placed") {
        this.placed += size;
        this.say("running");
        return true;
      }
      if (outcome.kind === "refused" && !LATER.has(outcome.status)) return this.refused(outcome.problem);
      this.problem = outcome.problem?.detail ?? "";
      this.say("waiting");
      await this.pause(outcome.retryAfter ? outcome.retryAfter * 1000 : SILENCE_MS, () => this.isStopAsked);
      if (this.isStopAsked) return this.over("stopped");
    }
  }

  refused({ detail, errors = [] }) {
    this.problem = [detail, ...errors.map(({ field, message }) => `${field}: ${message}`)].filter(Boolean).join(" ");
    return this.over("refused");
  }

  over(phase) {
    this.say(phase);
    return false;
  }

  say(phase) {
    this.phase = phase;
    this.tell(this);
  }
}

// Wakes early for whoever presses Stop.
function sleep(ms, isOver = () => false) {
  const end = performance.now() + ms;
  return new Promise((resume) => {
    const look = () => (performance.now() >= end || isOver() ? resume() : setTimeout(look, Math.min(TICK_MS, ms)));
    look();
  });
}
