// The throughput of each worker over 15 minutes: from the API once, then from the rows of the feed.
import { now } from "./clock.js";
import { samplesSince } from "./metrics.js";
import { setAttribute } from "./spot.js";
import { sparkPaths } from "./spark.js";

const WINDOW_MS = 900_000;
const STEP_MS = 15_000;
const BUCKETS = WINDOW_MS / STEP_MS;
const PAINT_EVERY_MS = 5_000;
const AGAIN_MS = 5_000;

export class Sparks {
  // By worker: [number of the bucket, mean, samples in it], oldest first.
  #known = new Map();
  #paintedAt = -Infinity;
  #heardAt = 0;

  constructor(url, feed) {
    this.url = url;
    this.#ask();
    this.leave = feed.subscribe(() => this.#hear(feed.view));
  }

  paint(view, rows) {
    if (performance.now() - this.#paintedAt < PAINT_EVERY_MS) return;
    this.#paintedAt = performance.now();
    const last = bucketOf(view.at);
    const columns = new Map(view.workers.map(({ name }) => [name, this.#column(name, last)]));
    const most = Math.max(0, ...[...columns.values()].flat());
    rows.forEach((row, name) => draw(row, sparkPaths(columns.get(name) ?? [], most)));
  }

  #hear({ at, workers }) {
    if (at - this.#heardAt < 1000) return;
    this.#heardAt = at;
    for (const { name, rate, state } of workers) if (rate !== null && state !== "lost") this.#add(name, bucketOf(at), rate);
    // Whoever is gone from the board leaves no history behind.
    const shown = new Set(workers.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!shown.has(name)) this.#known.delete(name);
  }

  #add(name, bucket, value) {
    const known = this.#known.get(name) ?? [];
    if (!this.#known.has(name)) this.#known.set(name, known);
    const last = known.at(-1);
    if (last?.[0] === bucket) {
      last[2] += 1;
      last[1] += (value - last[1]) / last[2];
    } else known.push([bucket, value, 1]);
    while (known.length && known[0][0] <= bucket - BUCKETS) known.shift();
  }

  #column(name, last) {
    const values = new Map((this.#known.get(name) ?? []).map(([bucket, mean]) => [bucket, mean]));
    return Array.from({ length: BUCKETS }, (_, k) => values.get(last - BUCKETS + 1 + k) ?? null);
  }

  async #ask() {
    try {
      const answer = await samplesSince(this.url, now() - WINDOW_MS, { step: STEP_MS / 1000, figures: ["workers"] });
      for (const [name, values] of Object.entries(answer.workers)) this.#merge(name, answer.at, values);
      this.#paintedAt = -Infinity;
    } catch {
      setTimeout(() => this.#ask(), AGAIN_MS);
    }
  }

  #merge(name, at, values) {
    const later = this.#known.get(name) ?? [];
    const earlier = at.map((start, k) => [bucketOf(start), values[k], 1]).filter(([, value]) => value !== null);
    const heard = new Set(earlier.map(([bucket]) => bucket));
    this.#known.set(name, [...earlier, ...later.filter(([bucket]) => !heard.has(bucket))]);
  }
}

const bucketOf = (ms) => Math.floor(ms / STEP_MS);

function draw(row, { line, area }) {
  setAttribute(row.querySelector(".spark .line"), "d", line);
  setAttribute(row.querySelector(".spark .area"), "d", area);
}
