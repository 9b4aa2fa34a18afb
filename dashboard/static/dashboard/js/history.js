// Keeps the series of one window true: the API's answer first, the feed's samples after it, and what was missed.
import { FIGURES } from "./chart-kinds.js";
import { now } from "./clock.js";
import { Marks } from "./marks.js";
import { samplesSince } from "./metrics.js";
import { Series } from "./series.js";

const AGAIN_MS = 5000;

export class History {
  #turn = 0;
  #isAsking = false;
  #timer = 0;

  constructor(url, feed, changed) {
    Object.assign(this, { url, feed, changed });
  }

  // Another window, from the beginning.
  open(windowMs, step) {
    this.step = step;
    this.#turn += 1;
    this.#isAsking = false;
    clearTimeout(this.#timer);
    this.windowMs = windowMs;
    this.series = new Series(FIGURES, windowMs);
    this.marks = new Marks(windowMs);
    this.#ask(now() - windowMs);
  }

  // While nothing is heard the picture stands still.
  get to() {
    return Math.max(this.feed.view.at, this.series.lastSampleAt ?? 0);
  }

  get from() {
    return this.to - this.windowMs;
  }

  hear(view) {
    if (!this.series) return;
    this.marks.hear(view);
    const { sample } = view.figures;
    const missedSince = sample ? this.series.add(sample) : null;
    if (missedSince !== null) this.#ask(missedSince);
    this.changed();
  }

  async #ask(since) {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const turn = this.#turn;
    try {
      const answer = await samplesSince(this.url, since, { step: this.step, figures: FIGURES });
      if (turn !== this.#turn) return;
      this.series.merge(answer);
      this.marks.merge(answer.marks);
      this.changed();
    } catch {
      // Redis or the network is away: the feed says so, here it is tried again.
      if (turn === this.#turn) this.#timer = setTimeout(() => this.#ask(since), AGAIN_MS);
    }
    if (turn === this.#turn) this.#isAsking = false;
  }
}
