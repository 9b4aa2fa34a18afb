// The first sentence of the board: what is going on, why, and what would help. dashboard/sentences.py says the same.
import { about, clockMinute, count, percentWhole, rate } from "./format.js";
import { going, heirs, helpFor, letters, projected, resting, waits, working } from "./remarks.js";
import { fill, gettext } from "./words.js";

const MINUTE_MS = 60_000;
// A clock time further ahead could be of another day.
const CLOCK_MOST_MS = 43_200_000;

// { lead, head, body, status, more }: the head takes the status' colour, `more` is the quiet line below.
export function sentence({ at, figures, workers }) {
  const { totals, paused, slots } = figures;
  const alive = workers.filter(({ state }) => state !== "lost");
  if (!totals) return plain(gettext("Nothing is known about the orders yet."), "");
  if (totals.placed + totals.adopted === 0) return beginning(alive, slots);
  const more = joined(letters(totals.failed), working(alive, slots));
  const waiting = { waits: waits(totals) };
  if (!alive.length) return said(gettext("*No worker is running.* %(waits)s"), waiting, more, "critical");
  if (paused) return pausedSince(figures, waiting, more);
  if (alive.every(({ state }) => state !== "alive")) {
    const resters = joined(resting(alive), letters(totals.failed));
    return said(gettext("*No worker takes orders.* %(waits)s"), waiting, resters, "warning");
  }
  return judged({ at, figures, alive, more });
}

function judged({ at, figures, alive, more }) {
  const { flow, rates, totals } = figures;
  const first = (kind) => figures.alarms.find((alarm) => alarm.kind === kind);
  const memory = first("memory");
  const audit = first("audit");
  const share = { share: memory && percentWhole(memory.share) };
  if (memory?.is_full) {
    const why = fill(gettext("Redis uses %(share)s %% of its memory; accepted orders are finished."), share);
    return said(gettext("*Memory is nearly full:* new orders are refused."), {}, why, "critical");
  }
  if (flow?.kind === "behind") return behind(flow, totals, at, alive);
  const calm = joined(going(rates, totals), more);
  const lost = figures.alarms.filter(({ kind }) => kind === "worker_lost");
  if (lost.length) return lostAt(lost, joined(heirs(lost), calm));
  // Behind what goes on now: doubled is doubled for ever, and nothing else would ever be said here.
  if (audit?.lost || audit?.doubled) {
    const values = { lost: count(audit.lost), doubled: count(audit.doubled) };
    const pattern = gettext("*%(lost)s lost, %(doubled)s doubled:* the alarm names the orders.");
    return said(pattern, values, calm, "critical");
  }
  if (first("slow_worker")) return slow(first("slow_worker"), calm);
  if (flow?.kind === "catching") return catching(flow, at, more);
  if (memory) return said(gettext("*Memory runs low:* %(share)s %% of it is used."), share, calm, "warning");
  if (flow?.kind === "idle" && !(totals.pending + totals.processing + totals.retrying)) {
    return plain(fill(gettext("Idle since %(time)s: every order is done."), { time: clockMinute(flow.since) }), more);
  }
  return plain(going(rates, totals), more);
}

function beginning(alive, slots) {
  if (!alive.length) {
    const start = gettext("Orders that are placed wait until a worker is started.");
    return said(gettext("*No worker is running.* Nothing has been placed yet."), {}, start, "warning");
  }
  const soon = gettext("The first order will be seen here within a quarter of a second.");
  return plain(gettext("Ready. Nothing has been placed yet."), joined(working(alive, slots), soon));
}

function pausedSince({ alarms }, waiting, more) {
  const alarm = alarms.find(({ kind }) => kind === "paused");
  if (!alarm) return said(gettext("*Paused.* %(waits)s"), waiting, more, "warning");
  const values = { ...waiting, time: clockMinute(alarm.since) };
  return said(gettext("*Paused since %(time)s.* %(waits)s"), values, more, "warning");
}

const BEHIND = {
  lost: gettext("Falling behind by *%(by)s/s* since %(worker)s was lost at %(time)s."),
  slow: gettext("Falling behind by *%(by)s/s* since %(worker)s became slow at %(time)s."),
  more: gettext("Falling behind by *%(by)s/s*: more orders come since %(time)s."),
  "": gettext("Falling behind by *%(by)s/s* since %(time)s."),
};

function behind(flow, totals, at, alive) {
  const values = { by: rate(flow.by), worker: flow.worker, time: clockMinute(flow.since) };
  return said(BEHIND[flow.why], values, joined(projected(flow, totals, at), helpFor(flow, alive)), "warning");
}

function catching(flow, at, more) {
  const until = flow.until ?? at;
  const by = rate(flow.by);
  if (until - at > CLOCK_MOST_MS) {
    const span = about((until - at) / 1000);
    return said(gettext("Catching up by *%(by)s/s*, done in about %(span)s."), { by, span }, more, "");
  }
  const time = clockMinute(Math.ceil(until / MINUTE_MS) * MINUTE_MS);
  return said(gettext("Catching up by *%(by)s/s*, done by %(time)s."), { by, time }, more, "");
}

function lostAt([first, ...others], more) {
  const time = clockMinute(first.since);
  if (others.length) {
    const values = { count: count(others.length + 1), time };
    return said(gettext("*%(count)s workers were lost*, the last at %(time)s."), values, more, "critical");
  }
  const values = { worker: first.worker, time };
  return said(gettext("*%(worker)s was lost* at %(time)s, the others go on."), values, more, "critical");
}

function slow({ worker, p95, others }, more) {
  const values = { worker, p95: rate(p95), others: rate(others) };
  return said(gettext("*%(worker)s is slow:* %(p95)s s at p95, the others %(others)s s."), values, more, "warning");
}

// A pattern marks its head with asterisks; it is cut before it is filled, for a name may hold one too.
function said(pattern, values, more, status) {
  const [lead, head, body] = pattern.split("*").map((part) => fill(part, values));
  return { lead, head, body, more, status };
}

const plain = (body, more) => ({ lead: "", head: "", body, more, status: "" });
const joined = (...remarks) => remarks.filter(Boolean).join(" ");
