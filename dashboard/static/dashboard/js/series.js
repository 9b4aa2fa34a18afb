// What the charts draw: figures in buckets of time, from the API's answers and the feed's samples. No DOM in here.

const isPercentile = (name) => /_p\d\d$/.test(name);

// The feed tells of each second; more between two samples, and some may have been missed.
const MISSED_MS = 2500;

export class Series {
  at = [];
  columns = {};
  stepMs = 0;
  lastSampleAt = null;

  constructor(names, windowMs) {
    Object.assign(this, { names, windowMs });
    this.columns = Object.fromEntries(names.map((name) => [name, []]));
  }

  // An answer of the API: the whole, or what came since; buckets that both know are the answer's.
  merge({ step_ms: stepMs, at, figures }) {
    if (stepMs !== this.stepMs) this.#cut(0);
    this.stepMs = stepMs;
    if (!at.length) return;
    const kept = this.at.findIndex((start) => start >= at[0]);
    if (kept >= 0) this.#cut(kept);
    if (this.at.length) this.#reach(at[0] - stepMs);
    this.at.push(...at);
    for (const name of this.names) this.columns[name].push(...(figures[name] ?? at.map(() => null)));
    this.lastSampleAt = Math.max(this.lastSampleAt ?? 0, this.#lastMeasured() ?? 0) || null;
    this.#trim();
  }

  // The newest sample. Returns from when on samples may be missing, or null.
  add({ at, figures }) {
    if (!this.stepMs || (this.lastSampleAt !== null && at <= this.lastSampleAt)) return null;
    const missedSince = this.lastSampleAt !== null && at - this.lastSampleAt > MISSED_MS + this.stepMs ? this.lastSampleAt : null;
    const start = at - (at % this.stepMs);
    if (!this.at.length || start - this.at.at(-1) > this.windowMs) this.#cut(0);
    if (!this.at.length) this.#append(start);
    this.#reach(start);
    if (this.at.at(-1) !== start) return null; // older than what is known
    this.#blend(figures, Math.max(1, Math.round((at - start) / 1000)));
    this.lastSampleAt = at;
    this.#trim();
    return missedSince;
  }

  // Times in which nothing at all was measured, as [from, to]; the bucket that is still open is none yet.
  gaps() {
    const found = [];
    for (let k = 0; k < this.at.length - 1; k += 1) {
      if (this.#isMeasured(k)) continue;
      const last = found.at(-1);
      if (last?.[1] === this.at[k]) last[1] += this.stepMs;
      else found.push([this.at[k], this.at[k] + this.stepMs]);
    }
    return found;
  }

  // The bucket whose middle is nearest to a moment.
  nearest(ms) {
    if (!this.at.length) return -1;
    const k = Math.round((ms - this.stepMs / 2 - this.at[0]) / this.stepMs);
    return Math.min(this.at.length - 1, Math.max(0, k));
  }

  #isMeasured(k) {
    return this.names.some((name) => this.columns[name][k] !== null);
  }

  #lastMeasured() {
    const k = this.at.findLastIndex((_, n) => this.#isMeasured(n));
    return k < 0 ? null : this.at[k];
  }

  // The n-th sample of its bucket, by the second it came in: how many came before is not told.
  #blend(figures, n) {
    const k = this.at.length - 1;
    for (const name of this.names) {
      const value = figures[name];
      if (value === undefined) continue;
      const known = this.columns[name][k];
      if (known === null) this.columns[name][k] = value;
      else this.columns[name][k] = isPercentile(name) ? Math.max(known, value) : known + (value - known) / n;
    }
  }

  #reach(start) {
    while (this.at.at(-1) < start) this.#append(this.at.at(-1) + this.stepMs);
  }

  #append(start) {
    this.at.push(start);
    for (const name of this.names) this.columns[name].push(null);
  }

  #cut(length) {
    this.at.length = length;
    for (const name of this.names) this.columns[name].length = length;
  }

  // Bounded: what has left the window is forgotten.
  #trim() {
    const surplus = this.at.length - (Math.ceil(this.windowMs / this.stepMs) + 1);
    if (surplus <= 0) return;
    this.at.splice(0, surplus);
    for (const name of this.names) this.columns[name].splice(0, surplus);
  }
}
