// What happened and changed everything after it, as marks in the charts: told by the API, and by alarms that begin.
import { fill, gettext } from "./words.js";

const ALARMS = new Set(["worker_lost", "slow_worker", "memory", "paused"]);
// Two tellings of one event may differ by the second in which each was noticed.
const SAME_MS = 5000;
const SHOWN = 5;

export class Marks {
  #known = [];
  #wasPaused = null;

  constructor(windowMs) {
    this.windowMs = windowMs;
  }

  merge(marks) {
    for (const mark of marks) this.#add(mark);
  }

  hear({ at, figures: { alarms, paused } }) {
    for (const { kind, since, worker } of alarms) if (ALARMS.has(kind)) this.#add({ at: since, kind, worker });
    if (this.#wasPaused && !paused) this.#add({ at, kind: "resumed", worker: "" });
    this.#wasPaused = paused;
    this.#known = this.#known.filter((mark) => at - mark.at <= this.windowMs);
  }

  // The last few of a span, oldest first.
  within(from, to) {
    return this.#known.filter(({ at }) => at >= from && at <= to).slice(-SHOWN);
  }

  #add(mark) {
    const isKnown = ({ at, kind, worker }) => kind === mark.kind && worker === mark.worker && Math.abs(at - mark.at) < SAME_MS;
    if (this.#known.some(isKnown)) return;
    this.#known.push(mark);
    this.#known.sort((one, other) => one.at - other.at);
  }
}

const WORDS = {
  worker_lost: ({ worker }) => fill(gettext("%(worker)s lost"), { worker }),
  slow_worker: ({ worker }) => fill(gettext("%(worker)s slow"), { worker }),
  memory: () => gettext("memory low"),
  paused: () => gettext("paused"),
  resumed: () => gettext("resumed"),
};

export const markWord = (mark) => WORDS[mark.kind]?.(mark) ?? mark.kind;
