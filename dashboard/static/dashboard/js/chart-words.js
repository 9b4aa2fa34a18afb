// A chart in words, for those who do not see it: what it shows, the present values, the highest of each line.
import { valueAt } from "./chart-kinds.js";
import { fill, gettext } from "./words.js";

export function summary(kind, series, span) {
  const head = fill(gettext("%(title)s, %(span)s."), { title: kind.title, span });
  const lines = kind.lines.map((line) => about(line, kind, series));
  return [head, ...lines, gettext("Arrow keys move through time, Enter opens the orders of a moment.")].join(" ");
}

function about(line, kind, series) {
  const values = series.at.map((_, k) => valueAt(line, series, k)).filter((value) => value !== null);
  if (!values.length) return fill(gettext("%(label)s unknown."), { label: line.label });
  const words = { label: line.label, now: kind.said(values.at(-1)), most: kind.said(Math.max(...values)) };
  return fill(gettext("%(label)s %(now)s, at most %(most)s."), words);
}
