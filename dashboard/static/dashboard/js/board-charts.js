// <board-charts>: what happened lately in three charts; from the API once, then each second from the feed.
import { feed } from "./board-feed.js";
import { chartsOf } from "./charts.js";
import { onThemeChange } from "./colours.js";
import { History } from "./history.js";
import { FIGURES_PER_SECOND, painter } from "./painter.js";
import { setAttribute } from "./spot.js";
import { fillSpots } from "./spots.js";

const STORED = "chart-window";
const PER_SECOND = 1;

class BoardCharts extends HTMLElement {
  connectedCallback() {
    this.windows = [...this.querySelectorAll("[data-window]")];
    this.history = new History(this.dataset.api, feed, () => this.ask());
    this.charts = chartsOf(this, this.history);
    const paint = painter(() => this.paint(), PER_SECOND);
    this.ask = () => this.#isVisible && !document.hidden && paint();
    this.#watch();
    // The figures of the legends are read without looking, too.
    const fill = painter(() => fillSpots(this, feed.view), FIGURES_PER_SECOND);
    this.leave = [feed.subscribe(() => this.history.hear(feed.view)), feed.subscribe(fill)];
    this.choose(this.windows.find(({ dataset }) => dataset.window === kept()) ?? this.windows[0]);
  }

  disconnectedCallback() {
    this.leave.forEach((leave) => leave());
    this.observer.disconnect();
  }

  ask() {}

  #isVisible = false;

  #watch() {
    const seen = (entries) => {
      this.#isVisible = entries.at(-1).isIntersecting;
      this.ask();
    };
    // A little before it comes into view.
    this.observer = new IntersectionObserver(seen, { rootMargin: "200px" });
    this.observer.observe(this);
    document.addEventListener("visibilitychange", () => this.ask());
    onThemeChange(() => {
      this.charts.forEach((chart) => chart.restyle());
      this.ask();
    });
    for (const button of this.windows) button.addEventListener("click", () => this.choose(button));
    this.querySelector("[data-table]").addEventListener("click", ({ currentTarget }) => this.turn(currentTarget));
  }

  turn(button) {
    const isTable = button.getAttribute("aria-pressed") !== "true";
    setAttribute(button, "aria-pressed", String(isTable));
    this.charts.forEach((chart) => chart.turn(isTable));
  }

  choose(chosen) {
    for (const button of this.windows) setAttribute(button, "aria-pressed", String(button === chosen));
    localStorage.setItem(STORED, chosen.dataset.window);
    this.span = chosen.dataset.words;
    this.history.open(Number(chosen.dataset.window) * 60_000, Number(chosen.dataset.step));
  }

  paint() {
    const { series, marks, from, to } = this.history;
    if (!series.stepMs) return; // before the first answer any scale would be made up
    for (const chart of this.charts) chart.paint({ series, marks: marks.within(from, to), from, to, span: this.span });
  }
}

function kept() {
  return localStorage.getItem(STORED);
}

customElements.define("board-charts", BoardCharts);
