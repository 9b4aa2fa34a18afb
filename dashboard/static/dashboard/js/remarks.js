// The quiet words below the board's sentence, and its plain ones. dashboard/remarks.py says the same.
import { clockMinute, count, rate } from "./format.js";
import { fill, gettext, ngettext } from "./words.js";

const HALF_HOUR_MS = 1_800_000;
// The half hour that is named lies at least so far ahead, or it would change while one reads.
const AHEAD_MS = 600_000;

const counted = (text, n, more = {}) => fill(text, { count: count(n), ...more });

export function going({ completed }, totals) {
  const unfinished = totals.pending + totals.processing + totals.retrying;
  if (!unfinished) return gettext("All quiet: every order is done.");
  if (!completed || completed < 0.05) return waits(totals);
  const values = { rate: rate(completed) };
  if (!totals.pending) return fill(gettext("%(rate)s orders a second, nothing waits."), values);
  const { pending } = totals;
  const text = ngettext("%(rate)s orders a second, %(count)s waits.", "%(rate)s orders a second, %(count)s wait.", pending);
  return counted(text, pending, values);
}

export function waits({ pending, processing }) {
  const work = ngettext("%(count)s order is processed", "%(count)s orders are processed", processing);
  const values = { in_work: counted(work, processing) };
  if (!pending) return processing ? fill(gettext("%(in_work)s, nothing waits."), values) : gettext("Nothing waits.");
  if (processing) return counted(ngettext("%(in_work)s, %(count)s waits.", "%(in_work)s, %(count)s wait.", pending), pending, values);
  return counted(ngettext("%(count)s order waits.", "%(count)s orders wait.", pending), pending);
}

export function working(alive, slots) {
  if (!alive.length) return gettext("Start one with manage.py runworker_orders.");
  const text = ngettext(
    "%(workers)s worker is at work, %(used)s of %(all)s slots in use.",
    "%(workers)s workers are at work, %(used)s of %(all)s slots in use.",
    alive.length,
  );
  return fill(text, { workers: count(alive.length), used: count(slots?.used ?? 0), all: count(slots?.all ?? 0) });
}

export function resting({ length }) {
  return counted(
    ngettext("%(count)s worker is paused or draining.", "%(count)s workers are paused or draining.", length),
    length,
  );
}

export function letters(failed) {
  if (!failed) return "";
  const text = ngettext("%(count)s dead letter waits for a person.", "%(count)s dead letters wait for a person.", failed);
  return counted(text, failed);
}

// How many orders will wait at the next half hour, to two digits.
export function projected({ by }, totals, at) {
  const then = Math.ceil((at + AHEAD_MS) / HALF_HOUR_MS) * HALF_HOUR_MS;
  const waiting = Math.floor(Number((totals.pending + (by * (then - at)) / 1000).toPrecision(2)));
  return fill(gettext("At this rate %(count)s orders wait by %(time)s."), { count: count(waiting), time: clockMinute(then) });
}

// So many more workers like the best one would keep up.
export function helpFor({ by }, alive) {
  const best = alive.reduce((most, worker) => (isBetter(worker, most) ? worker : most));
  if (!best.rate || best.rate < 0.05) return "";
  const more = Math.ceil(by / best.rate);
  const text = ngettext(
    "%(count)s more worker like %(worker)s would keep up.",
    "%(count)s more workers like %(worker)s would keep up.",
    more,
  );
  return counted(text, more, { worker: best.name });
}

function isBetter(one, other) {
  const [rateOfOne, rateOfOther] = [one.rate ?? 0, other.rate ?? 0];
  return rateOfOne === rateOfOther ? one.name > other.name : rateOfOne > rateOfOther;
}

// Where the orders of the lost went on.
export function heirs(lost) {
  const orders = lost.reduce((all, alarm) => all + alarm.orders, 0);
  const held = lost.reduce((all, alarm) => all + alarm.held, 0);
  const names = [...new Set(lost.flatMap((alarm) => alarm.heirs))].sort();
  if (held) {
    return counted(ngettext("%(count)s order is handed on soon.", "%(count)s orders are handed on soon.", held), held);
  }
  if (!orders) return gettext("Nothing was in hand.");
  const anew = ngettext("%(count)s order begins anew; none is lost.", "%(count)s orders begin anew; none is lost.", orders);
  if (!names.length) return counted(anew, orders);
  const text = ngettext(
    "%(count)s order went on at %(names)s; none is lost.",
    "%(count)s orders went on at %(names)s; none is lost.",
    orders,
  );
  return counted(text, orders, { names: listed(names) });
}

// Three at most: a, b and c.
function listed(names) {
  const shown = names.length <= 3 ? names : [...names.slice(0, 2), gettext("others")];
  if (shown.length === 1) return shown[0];
  return fill(gettext("%(names)s and %(last)s"), { names: shown.slice(0, -1).join(", "), last: shown.at(-1) });
}
