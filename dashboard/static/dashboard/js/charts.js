// The figures of <board-charts> as a whole: one moment marked in all, one line shown alone, keys, click, table.
import { KINDS } from "./chart-kinds.js";
import { fillTable } from "./chart-table.js";
import { summary } from "./chart-words.js";
import { LineChart } from "./line-chart.js";
import { setAttribute } from "./spot.js";

const LABEL_EVERY_MS = 10_000;
// A moment is opened with some seconds around it, or it would show the orders of two.
const MOMENT_MS = 10_000;
const FAR = 10;
const MOVES = {
  ArrowLeft: (k, { shiftKey }) => k - (shiftKey ? FAR : 1),
  ArrowRight: (k, { shiftKey }) => k + (shiftKey ? FAR : 1),
  Home: () => 0,
  End: (_k, _event, last) => last,
};

export function chartsOf(root, history) {
  const charts = [...root.querySelectorAll("figure[data-chart]")].map((figure) => new ChartFigure(figure, root, history));
  for (const chart of charts) chart.point = (k) => charts.forEach((each) => each.mark(k, each === chart));
  return charts;
}

class ChartFigure {
  #alone = null;
  #k = null;
  #labelledAt = -Infinity;

  constructor(figure, root, history) {
    Object.assign(this, { figure, root, history, kind: KINDS[figure.dataset.chart] });
    this.canvas = figure.querySelector("canvas");
    this.keys = [...figure.querySelectorAll("[data-line]")];
    this.chart = new LineChart(this.canvas, this.kind);
    this.#listen();
  }

  paint({ series, from, to, marks, span }) {
    this.chart.draw({ series, from, to, marks, alone: this.#alone });
    if (this.#k !== null) this.mark(this.#k, document.activeElement === this.canvas || this.canvas.matches(":hover"));
    if (this.#isLabelOld(series, span)) this.#label(span);
  }

  restyle() {
    this.chart.restyle();
  }

  mark(k, tell) {
    this.#k = k;
    this.chart.point(k ?? -1, { tell });
    if (tell && k !== null) setAttribute(this.canvas, "aria-valuetext", this.#said(k));
    if (k !== null) setAttribute(this.canvas, "aria-valuenow", String(k));
  }

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("pointermove", ({ clientX }) => this.point(this.chart.at(clientX)));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("click", ({ clientX }) => this.open(this.chart.at(clientX)));
    canvas.addEventListener("keydown", (event) => this.#press(event));
    for (const key of this.keys) key.addEventListener("click", () => this.#show(key.dataset.line));
  }

  #press(event) {
    const last = this.history.series.at.length - 1;
    if (event.key === "Escape") return this.point(null);
    if (event.key === "Enter") return this.open(this.#k ?? last);
    const move = MOVES[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.point(Math.min(last, Math.max(0, move(this.#k ?? last + 1, event, last))));
  }

  // The orders that were placed about then.
  open(k) {
    const { at, stepMs } = this.history.series;
    if (at[k] === undefined) return;
    const around = Math.max(0, MOMENT_MS - stepMs) / 2;
    const query = { since: iso(at[k] - around), until: iso(at[k] + stepMs + around) };
    location.assign(`${this.root.dataset.orders}?${new URLSearchParams(query)}`);
  }

  #show(line) {
    this.#alone = this.#alone === line ? null : line;
    for (const key of this.keys) setAttribute(key, "aria-pressed", String(key.dataset.line === this.#alone));
    this.root.paint();
  }

  // As it is now: a table that moved while it is read would be none.
  turn(isTable) {
    const table = this.figure.querySelector(".chart-table");
    if (isTable) fillTable(table.querySelector("table"), this.kind, this.history.series, (k) => this.chart.momentWords(k));
    table.hidden = !isTable;
    this.figure.querySelector(".chart").hidden = isTable;
  }

  #said(k) {
    return [this.chart.momentWords(k), ...this.kind.lines.map((line) => this.chart.lineWords(line, k))].join(", ");
  }

  #isLabelOld(series, span) {
    const isOther = this.span !== span || this.isKnown !== (series.at.length > 0);
    return isOther || performance.now() - this.#labelledAt > LABEL_EVERY_MS;
  }

  // Not each second: who is just listening to it would hear it change.
  #label(span) {
    this.span = span;
    this.#labelledAt = performance.now();
    const { series } = this.history;
    this.isKnown = series.at.length > 0;
    setAttribute(this.canvas, "aria-label", summary(this.kind, series, span));
    setAttribute(this.canvas, "aria-valuemax", String(Math.max(0, series.at.length - 1)));
  }
}

const iso = (ms) => new Date(ms).toISOString();
