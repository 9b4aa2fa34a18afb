// Each figure of the board as text, by the name of its place in the page. dashboard/spots.py says the same.
import { secondsSince } from "./clock.js";
import { headAndTail } from "./cursors.js";
import { about, asSet, clockMinute, count, known, percent, rate, size, span, spanText, unknown } from "./format.js";
import { put } from "./spot.js";
import { statusWord } from "./statuses.js";
import { fill, gettext, ngettext } from "./words.js";

const total = (name) => ({ figures }) => known(figures.totals?.[name], count);
const perSecond = (name) => ({ figures }) => known(figures.rates[name], (value) => [rate(value), gettext("/s")]);
const onlyUnknown = (part) => ({ figures }) => (figures[part] === null ? unknown() : "");
// One word where nothing is known, not one for each part.
const percentile = (of, name) => ({ figures }) => (figures[of] === null ? "" : rate(figures[of][name]));
const areKnown = (rates) => Object.values(rates).some((value) => value !== null);
const now = (name) => ({ figures: { rates } }) => (areKnown(rates) ? known(rates[name], rate) : "");

// A text, or [number, unit] where the unit stands smaller behind its number.
export const spots = {
  placed: total("placed"),
  placed_more: ({ figures }) => adopted(figures.totals?.adopted),
  placed_rate: perSecond("placed"),
  waiting: total("pending"),
  waiting_more: ({ figures }) => oldestWaiting(figures),
  processing: total("processing"),
  processing_more: ({ figures }) => slots(figures.slots),
  completed: total("completed"),
  completed_more: ({ figures }) => known(figures.totals?.cancelled, cancelled),
  completed_rate: perSecond("completed"),
  retrying: total("retrying"),
  retrying_more: ({ figures }) => nextRetry(figures),
  failed: total("failed"),
  failed_more: ({ figures }) => failing(figures.rates.failed),
  oldest: ({ figures }) => (knowsOldest(figures) ? (figures.oldest ? span(secondsSince(figures.oldest.since)) : "–") : unknown()),
  oldest_more: ({ figures }) => (knowsOldest(figures) ? oldestOrder(figures.oldest) : ""),
  lag: ({ figures }) => known(figures.lag, count),
  in_hand: ({ figures }) => known(figures.in_hand, count),
  parked: ({ figures }) => known(figures.waiting, count),
  rates_unknown: ({ figures }) => (areKnown(figures.rates) ? "" : unknown()),
  placed_now: now("placed"),
  completed_now: now("completed"),
  failed_now: now("failed"),
  waited_unknown: onlyUnknown("waiting_time"),
  waited_p50: percentile("waiting_time", "p50"),
  waited_p95: percentile("waiting_time", "p95"),
  waited_p99: percentile("waiting_time", "p99"),
  took_unknown: onlyUnknown("processing_time"),
  took_p50: percentile("processing_time", "p50"),
  took_p95: percentile("processing_time", "p95"),
  took_p99: percentile("processing_time", "p99"),
  waited_more: ({ figures }) => lastMinute(figures.targets?.waiting),
  took_more: ({ figures }) => lastMinute(figures.targets?.processing),
  completed_15m: ({ figures }) => known(figures.completed_15m, count),
  first_15m: ({ figures }) => atFirst(figures.first_15m),
  memory: ({ figures }) => known(figures.memory?.used, size),
  memory_of: ({ figures }) => (figures.memory?.limit ? fill(gettext("of %(size)s"), { size: size(figures.memory.limit).join("") }) : ""),
  memory_more: ({ figures }) => (figures.memory ? full(figures.memory) : ""),
  ranking_more: ({ figures }) => known(figures.ranking, counted),
  workers_more: atWork,
  orders_more: ({ passed }) => passedBy(passed.count),
};

export function fillSpots(root, view) {
  for (const place of root.querySelectorAll("[data-figure]")) put(place, spots[place.dataset.figure](view));
}

const adopted = (n) => (n ? fill(gettext("and %(count)s adopted"), { count: count(n) }) : "");
const cancelled = (n) => fill(gettext("%(count)s cancelled"), { count: count(n) });
const slots = (given) => known(given, ofSlots);
const ofSlots = ({ all }) => fill(ngettext("of %(count)s slot", "of %(count)s slots", all), { count: count(all) });

function oldestWaiting({ waiting_since: since, targets }) {
  if (since === null) return "";
  const age = spanText(secondsSince(since));
  if (!targets) return fill(gettext("oldest %(age)s"), { age });
  return fill(gettext("oldest %(age)s, target %(target)s"), { age, target: asSet(targets.waiting) });
}

function lastMinute(target) {
  return target == null ? gettext("last minute") : fill(gettext("last minute, target %(target)s"), { target: asSet(target) });
}

// Which times of the last minute are too long, for more than one order in twenty.
export function beyondTarget({ waiting_time: waited, processing_time: took, targets }) {
  return {
    waited: Boolean(targets && waited?.p95 > targets.waiting),
    took: Boolean(targets && took?.p95 > targets.processing),
  };
}

function nextRetry({ totals, next_retry_at: at }) {
  if (!totals?.retrying || at === null) return "";
  const seconds = -secondsSince(at);
  return seconds > 0 ? fill(gettext("next in %(span)s"), { span: spanText(seconds) }) : gettext("the next is due");
}

function failing(failed) {
  return failed ? fill(gettext("%(rate)s/s fail"), { rate: rate(failed) }) : "";
}

// Without a group nobody can say which order is the oldest; "every order is done" would be a lie while some wait.
function knowsOldest({ totals, oldest }) {
  return Boolean(totals) && (oldest !== null || totals.pending + totals.processing + totals.retrying === 0);
}

function oldestOrder(oldest) {
  if (!oldest) return gettext("every order is done");
  return fill(gettext("…%(tail)s, %(status)s"), { tail: headAndTail(oldest.order_id)[1], status: statusWord(oldest.status) });
}

function atFirst(share) {
  if (share === null) return "";
  if (share === 1) return gettext("all at the first attempt");
  return fill(gettext("%(share)s %% at the first attempt"), { share: percent(share) });
}

function full({ limit, is_growing: isGrowing, full_in: fullIn }) {
  if (limit === null) return gettext("without a limit");
  if (isGrowing === null) return "";
  if (!isGrowing) return gettext("not growing");
  return fullIn === null ? gettext("full in more than a year") : fill(gettext("full in about %(span)s"), { span: about(fullIn) });
}

function counted({ since, is_exact: isExact, missed }) {
  const text = fill(gettext("since %(time)s"), { time: clockMinute(since) });
  if (isExact) return text;
  const low = ngettext(
    "%(since)s; a figure may be %(count)s order too low",
    "%(since)s; a figure may be %(count)s orders too low",
    missed,
  );
  return fill(low, { since: text, count: count(missed) });
}

function atWork({ workers, figures }) {
  if (!workers.length) return "";
  const living = workers.filter(({ state }) => state !== "lost").length;
  const values = { living: count(living), all: count(workers.length) };
  if (!figures.slots) return fill(gettext("%(living)s of %(all)s at work"), values);
  Object.assign(values, { used: count(figures.slots.used), slots: count(figures.slots.all) });
  return fill(gettext("%(living)s of %(all)s at work, %(used)s of %(slots)s slots in use"), values);
}

function passedBy(n) {
  return n ? fill(ngettext("%(count)s more passed by", "%(count)s more passed by", n), { count: count(n) }) : "";
}
