// What each alarm says, and which page shows more. dashboard/alarm_words.py says the same.
import { secondsSince } from "./clock.js";
import { clockTime, count, percentWhole, rate, spanText } from "./format.js";
import { heirs } from "./remarks.js";
import { fill, gettext } from "./words.js";

const WORDS = {
  audit: ({ lost, doubled, wrong }) => {
    const text = gettext(
      "%(lost)s lost, %(doubled)s doubled, %(wrong)s otherwise wrong. " +
        "manage.py audit_orders --repair mends what can be mended.",
    );
    const head = lost || doubled ? gettext("Orders lost or doubled.") : gettext("What is stored is not what happened.");
    return [head, fill(text, { lost: count(lost), doubled: count(doubled), wrong: count(wrong) })];
  },
  worker_lost: (alarm) => {
    const silent = fill(gettext("%(worker)s has been silent for %(span)s."), { worker: alarm.worker, span: age(alarm) });
    return [gettext("Worker lost."), `${silent} ${heirs([alarm])}`];
  },
  slow_worker: ({ worker, p95, others }) => {
    const values = { worker, p95: rate(p95), others: rate(others) };
    return [gettext("Slow worker."), fill(gettext("%(worker)s takes %(p95)s s at p95, the others %(others)s s."), values)];
  },
  dead_letters: (alarm) => {
    const values = { count: count(alarm.letters), span: age(alarm) };
    return [gettext("Dead letters rise."), fill(gettext("%(count)s more within %(span)s."), values)];
  },
  memory: ({ share, is_full: isFull }) => {
    const values = { share: percentWhole(share) };
    if (!isFull) return [gettext("Memory runs low."), fill(gettext("Redis uses %(share)s %% of it."), values)];
    const text = gettext("Redis uses %(share)s %% of it; new orders are refused, accepted ones are finished.");
    return [gettext("Memory is nearly full."), fill(text, values)];
  },
  paused: () => [
    gettext("Paused."),
    gettext("Workers finish what they hold and begin nothing; orders are accepted and wait."),
  ],
  keeper_silent: () => [
    gettext("No keeper is running."),
    gettext("Charts and judgements stand still. Start one with manage.py runkeeper."),
  ],
};
const ICONS = { worker_lost: "lost", paused: "paused" };
// By the names of the pages; their paths stand on the element.
const LOOK = { audit: "orders", dead_letters: "failed", memory: "stream", keeper_silent: "stream" };

export const keyOf = ({ kind, worker }) => `${kind} ${worker}`;

export function alarmWords(alarm) {
  const [head, text] = WORDS[alarm.kind](alarm);
  return {
    head,
    text,
    status: isCritical(alarm) ? "critical" : "warning",
    icon: ICONS[alarm.kind] ?? "alert",
    since: clockTime(alarm.since),
    look: LOOK[alarm.kind] ?? "workers",
  };
}

const isCritical = (alarm) => alarm.kind === "worker_lost" || alarm.is_full || alarm.lost > 0 || alarm.doubled > 0;

export const moreWords = (n) => (n > 0 ? fill(gettext("and %(count)s more"), { count: count(n) }) : "");

const age = ({ since }) => spanText(secondsSince(since));
