// What the ledger says: what is lost or doubled, audited to when, and the lines behind it. dashboard/ledger.py says the same.
import { now } from "./clock.js";
import { about, clockTime, count, percentWhole } from "./format.js";
import { fill, gettext, ngettext } from "./words.js";

const FRESH_MS = 15_000;
// A clock time further back could be of another day.
const CLOCK_MOST_MS = 43_200_000;

// { status, icon, said, lines: [{ key, label, text, ids }], help }
export function ledger(verdict) {
  const [status, icon] = look(verdict);
  const repair = gettext("manage.py audit_orders says all of it; with --repair it mends what has one right answer.");
  return { status, icon, said: said(verdict), lines: verdict ? lines(verdict) : [], help: verdict?.broken.length ? repair : "" };
}

const isUnknown = (verdict) => verdict === null || verdict.audited_to === null;

function look(verdict) {
  if (isUnknown(verdict)) return ["cancelled", "clock"];
  if (verdict.lost || verdict.doubled) return ["critical", "alert"];
  if (verdict.broken.length || verdict.unjudged) return ["warning", "alert"];
  return now() - verdict.audited_to > FRESH_MS ? ["warning", "clock"] : ["completed", "completed"];
}

function said(verdict) {
  if (isUnknown(verdict)) {
    const share = verdict?.share ?? null;
    if (share === null) return gettext("Not audited yet");
    return fill(gettext("First audit, %(share)s %% read"), { share: percentWhole(share) });
  }
  const values = { found: judged(verdict), time: clockTime(verdict.audited_to) };
  const ageMs = now() - verdict.audited_to;
  if (ageMs > CLOCK_MOST_MS) return fill(gettext("%(found)s, last audited %(span)s ago"), { ...values, span: about(ageMs / 1000) });
  if (ageMs > FRESH_MS) return fill(gettext("%(found)s, audited only to %(time)s"), values);
  return fill(gettext("%(found)s, audited to %(time)s"), values);
}

function judged(verdict) {
  const values = { found: found(verdict), count: count(verdict.unjudged) };
  return verdict.unjudged ? fill(gettext("%(found)s, %(count)s not judged"), values) : values.found;
}

function found({ lost, doubled, others }) {
  const values = { lost: count(lost), doubled: count(doubled), count: count(others) };
  if (!others) return fill(gettext("%(lost)s lost, %(doubled)s doubled"), values);
  const text = ngettext(
    "%(lost)s lost, %(doubled)s doubled, %(count)s other fault",
    "%(lost)s lost, %(doubled)s doubled, %(count)s other faults",
    others,
  );
  return fill(text, values);
}

function lines(verdict) {
  return [
    { key: "lost", label: gettext("Lost"), text: count(verdict.lost), ids: verdict.lost_ids },
    { key: "doubled", label: gettext("Doubled"), text: count(verdict.doubled), ids: verdict.doubled_ids },
    ...verdict.broken.map(({ invariant, count: times, text, ids }) => {
      return { key: invariant, label: invariant, text: fill(gettext("%(count)s: %(text)s"), { count: count(times), text }), ids };
    }),
    ...further(verdict),
  ];
}

function* further({ audited_to: auditedTo, since, rounds, put_back: putBack, unjudged, share }) {
  if (auditedTo !== null) {
    const text = ngettext("at %(time)s, %(count)s round since", "at %(time)s, %(count)s rounds since", rounds);
    yield line("to", gettext("Audited to"), clockTime(auditedTo), {});
    yield line("since", gettext("Begun anew"), text, { time: clockTime(since), count: count(rounds) });
  }
  if (putBack) {
    const text = ngettext("%(count)s order that nobody had", "%(count)s orders that nobody had", putBack);
    yield line("put_back", gettext("Put back"), text, { count: count(putBack) });
  }
  if (unjudged) {
    yield line("unjudged", gettext("Not judged"), gettext("%(count)s; manage.py audit_orders says why"), { count: count(unjudged) });
  }
  if (share !== null) {
    yield line("share", gettext("New audit"), gettext("%(share)s %% of the log is read"), { share: percentWhole(share) });
  }
}

const line = (key, label, text, values) => ({ key, label, text: fill(text, values), ids: [] });
