// One chart over Chart.js (out of the django-unfold wheel): lines over time, no animation, no events of its own.
import { pointsOf, valueAt } from "./chart-kinds.js";
import { chartMarks } from "./chart-marks.js";
import { colour } from "./colours.js";
import { clockMinute, clockTime } from "./format.js";
import { clockTicks, scale } from "./ticks.js";
import { fill, gettext } from "./words.js";

const TITLE_BY_MINUTE_MS = 60_000;

export class LineChart {
  #chart;
  #series = null;

  constructor(canvas, kind) {
    Object.assign(this, { canvas, kind });
    this.#chart = new globalThis.Chart(canvas, { type: "line", plugins: [chartMarks], data: { datasets: [] }, options: this.#options() });
  }

  // The whole picture anew; `alone`: the key of the one line that is shown, or null.
  draw({ series, from, to, marks, alone }) {
    this.#series = series;
    const chart = this.#chart;
    chart.data.datasets = this.kind.lines.map((line) => this.#dataset(line, series, alone));
    const { x, y } = chart.options.scales;
    Object.assign(x, { min: from, max: to });
    Object.assign(y, this.#scale(chart.data.datasets));
    chart.told = { ...chart.told, gaps: series.gaps(), marks };
    chart.update("none");
  }

  // Marks the moment of a bucket; with `tell` the tooltip says its values.
  point(k, { tell }) {
    const chart = this.#chart;
    const at = this.#series?.at[k];
    chart.told.moment = at === undefined ? null : at + this.#series.stepMs / 2;
    const active = at === undefined ? [] : this.#shown(k);
    chart.setActiveElements(active);
    chart.tooltip.setActiveElements(tell ? active : [], { x: 0, y: 0 });
    chart.update("none");
  }

  // The bucket under a pointer.
  at(clientX) {
    const { left } = this.canvas.getBoundingClientRect();
    return this.#series ? this.#series.nearest(this.#chart.scales.x.getValueForPixel(clientX - left)) : -1;
  }

  restyle() {
    const { x, y } = this.#chart.options.scales;
    const options = this.#options();
    // What is drawn stays until it is drawn anew.
    Object.assign(options.scales.x, { min: x.min, max: x.max });
    Object.assign(options.scales.y, { min: y.min, max: y.max });
    options.scales.y.ticks.stepSize = y.ticks.stepSize;
    this.#chart.options = options;
    this.#chart.update("none");
  }

  #shown(k) {
    const sets = this.#chart.data.datasets;
    return sets.flatMap(({ data, hidden }, datasetIndex) => (hidden || data[k]?.y == null ? [] : [{ datasetIndex, index: k }]));
  }

  #scale(datasets) {
    const values = datasets.flatMap(({ data, hidden }) => (hidden ? [] : data.map(({ y }) => y ?? 0)));
    const { step, max } = scale(values.reduce((most, value) => Math.max(most, value), 0), this.kind);
    const { y } = this.#chart.options.scales;
    return { min: 0, max, ticks: { ...y.ticks, stepSize: step } };
  }

  #dataset(line, series, alone) {
    const ink = colour(line.ink);
    return {
      label: line.label,
      data: pointsOf(line, series),
      hidden: alone !== null && alone !== line.key,
      borderColor: ink,
      borderWidth: line.width ?? 1.5,
      borderDash: line.dash ?? [],
      pointRadius: 0,
      pointHoverRadius: 3,
      pointBackgroundColor: ink,
      pointHoverBackgroundColor: ink,
      pointHoverBorderColor: ink,
      backgroundColor: ink,
      tension: 0,
      spanGaps: false,
    };
  }

  #options() {
    const style = getComputedStyle(this.canvas.parentElement);
    const font = { size: parseFloat(style.fontSize), family: style.fontFamily };
    const tick = { color: colour("ink-quiet"), font, padding: 6, maxRotation: 0, autoSkip: false };
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      normalized: true,
      events: [],
      font,
      layout: { padding: { top: 6, right: 2 } },
      plugins: { legend: { display: false }, tooltip: this.#tooltip(font) },
      scales: {
        x: {
          type: "linear",
          min: 0,
          max: 1,
          grid: { display: false },
          border: { color: colour("rule-strong") },
          afterBuildTicks: (axis) => (axis.ticks = clockTicks(axis.min, axis.max).map((value) => ({ value }))),
          ticks: { ...tick, callback: clockMinute },
        },
        y: {
          min: 0,
          max: 1,
          grid: { color: colour("rule"), drawTicks: false },
          border: { display: false },
          ticks: { ...tick, callback: (value) => (value === 0 ? "0" : this.kind.tick(value)) },
        },
      },
    };
  }

  #tooltip(font) {
    return {
      animation: false,
      backgroundColor: colour("button"),
      titleColor: colour("ink-inverse"),
      bodyColor: colour("ink-inverse"),
      titleFont: font,
      bodyFont: font,
      cornerRadius: 4,
      padding: 8,
      displayColors: false,
      callbacks: {
        title: ([point]) => this.momentWords(point.dataIndex),
        label: ({ datasetIndex, dataIndex }) => this.lineWords(this.kind.lines[datasetIndex], dataIndex),
      },
    };
  }

  momentWords(k) {
    const { at, stepMs } = this.#series;
    if (stepMs < TITLE_BY_MINUTE_MS) return clockTime(at[k]);
    return fill(gettext("%(from)s to %(to)s"), { from: clockMinute(at[k]), to: clockMinute(at[k] + stepMs) });
  }

  lineWords(line, k) {
    const value = valueAt(line, this.#series, k);
    return `${line.label}  ${value === null ? gettext("unknown") : this.kind.said(value)}`;
  }
}
