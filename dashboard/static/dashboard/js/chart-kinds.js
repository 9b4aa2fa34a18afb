// The three charts: which lines each has, in which ink and dash, and how its values read.
import { count, NBSP, plain, rate } from "./format.js";
import { gettext } from "./words.js";

const perSecond = gettext("/s");
const seconds = NBSP + gettext("s");

// Never colour alone: lines of one chart differ in dash or weight too.
export const KINDS = {
  throughput: {
    title: gettext("Throughput"),
    said: (value) => rate(value) + perSecond,
    tick: (value) => plain(value) + perSecond,
    lines: [
      { key: "placed", label: gettext("Placed"), ink: "ink-quiet", dash: [3, 2], of: (k, c) => c.placed_per_second[k] },
      { key: "completed", label: gettext("Completed"), ink: "completed", of: (k, c) => c.completed_per_second[k] },
      // No red line at zero: nothing is drawn until something failed.
      { key: "failed", label: gettext("Failed"), ink: "failed", width: 2, of: (k, c) => c.failed_per_second[k], drawn: (value) => value || null },
    ],
  },
  backlog: {
    title: gettext("Lag and pending"),
    said: count,
    tick: count,
    isWhole: true,
    lines: [
      { key: "lag", label: gettext("Lag"), ink: "ink", of: (k, c) => c.lag[k] },
      { key: "pending", label: gettext("Pending"), ink: "processing", dash: [5, 2], of: (k, c) => sum(c.in_hand[k], c.waiting[k]) },
    ],
  },
  latency: {
    title: gettext("Time processing"),
    said: (value) => rate(value) + seconds,
    tick: (value) => plain(value) + seconds,
    lines: [
      { key: "p50", label: "p50", ink: "ink-faint", width: 1, of: (k, c) => c.processing_p50[k] },
      { key: "p95", label: "p95", ink: "ink-quiet", of: (k, c) => c.processing_p95[k] },
      { key: "p99", label: "p99", ink: "ink", width: 1.75, of: (k, c) => c.processing_p99[k] },
    ],
  },
};

export const FIGURES = [
  "placed_per_second",
  "completed_per_second",
  "failed_per_second",
  "lag",
  "in_hand",
  "waiting",
  "processing_p50",
  "processing_p95",
  "processing_p99",
];

// Unknown stays unknown, also as a part of a sum.
const sum = (one, other) => (one === null || other === null ? null : one + other);

export const valueAt = (line, series, k) => line.of(k, series.columns);

export function pointsOf(line, series) {
  const middle = series.stepMs / 2;
  return series.at.map((at, k) => {
    const value = valueAt(line, series, k);
    return { x: at + middle, y: line.drawn ? line.drawn(value) : value };
  });
}
