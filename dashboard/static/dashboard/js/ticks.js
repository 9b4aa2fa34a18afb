// Where an axis has its lines: y from 0 in three even steps, x at whole minutes of the viewer's clock.

const MINUTE = 60_000;
const STEPS = [1, 2, 4, 5, 10];
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720].map((minutes) => minutes * MINUTE);
const LINES = 3;

// The smallest plain step that three of reach the highest value; orders are counted in whole ones.
export function scale(highest, { isWhole = false } = {}) {
  const least = isWhole ? 1 : 0.1;
  const wanted = Math.max(highest / LINES, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = STEPS.find((each) => each * power >= wanted * 0.999_999);
  const step = Number((factor * power).toPrecision(3));
  return { step, max: Number((step * LINES).toPrecision(3)) };
}

// Moments from one to another, so far apart that about three to six fit.
export function clockTicks(from, to, offsetMinutes = new Date(to).getTimezoneOffset()) {
  const step = CLOCK_STEPS.find((each) => (to - from) / each <= 6) ?? CLOCK_STEPS.at(-1);
  const offset = offsetMinutes * MINUTE;
  const ticks = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) ticks.push(at);
  return ticks;
}
