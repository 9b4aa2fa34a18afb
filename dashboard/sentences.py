"""The first sentence of the board: what is going on, why, and what would help, as the keeper judged the last
minute; js/sentence.js says the same later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext

from dashboard.judgements import Alarm, Flow
from dashboard.numerals import about, clock, count, percent_whole, rate
from dashboard.protocol import Figures, Snapshot, Totals, WorkerRow
from dashboard.remarks import going, heirs, help_for, letters, projected, resting, waits, working

# A clock time further ahead could be of another day.
CLOCK_MOST_MS: Final = 43_200_000


@dataclass(frozen=True, slots=True)
class Sentence:
    """`head` takes the colour of `status`, between `lead` and `body`; `more` is the quiet line below."""

    body: str
    more: str = ""
    head: str = ""
    status: str = ""
    lead: str = ""


def sentence_of(snapshot: Snapshot) -> Sentence:
    """The gravest that holds: at most twelve words, and they change only with what they mean."""
    figures, totals = snapshot.figures, snapshot.figures.totals
    alive = [worker for worker in snapshot.workers if worker.state != "lost"]
    if totals is None:
        return Sentence(gettext("Nothing is known about the orders yet."))
    if totals.placed + totals.adopted == 0:
        return _beginning(figures, alive)
    more = _joined(letters(totals.failed), working(alive, figures.slots))
    if not alive:
        pattern = gettext("*No worker is running.* %(waits)s")
        return _said(pattern, {"waits": waits(totals)}, more, "critical")
    if figures.paused:
        return _paused(figures, totals, more)
    if all(worker.state != "alive" for worker in alive):
        pattern = gettext("*No worker takes orders.* %(waits)s")
        return _said(
            pattern, {"waits": waits(totals)}, _joined(resting(alive), letters(totals.failed)), "warning"
        )
    return _judged(snapshot, totals, alive, more)


def _judged(snapshot: Snapshot, totals: Totals, alive: list[WorkerRow], more: str) -> Sentence:
    figures = snapshot.figures
    alarms = {alarm.kind: alarm for alarm in reversed(figures.alarms)}
    flow, memory, audit = figures.flow, alarms.get("memory"), alarms.get("audit")
    if memory and memory.is_full:
        values = {"share": percent_whole(memory.share)}
        why = gettext("Redis uses %(share)s %% of its memory; accepted orders are finished.") % values
        return _said(gettext("*Memory is nearly full:* new orders are refused."), {}, why, "critical")
    if flow and flow.kind == "behind":
        return _behind(flow, snapshot, totals, alive)
    if "worker_lost" in alarms:
        lost = [alarm for alarm in figures.alarms if alarm.kind == "worker_lost"]
        return _lost(lost, _joined(heirs(lost), going(figures.rates, totals), more))
    calm = _joined(going(figures.rates, totals), more)
    # Behind what goes on now: doubled is doubled for ever, and nothing else would ever be said here.
    if audit and (audit.lost or audit.doubled):
        values = {"lost": count(audit.lost), "doubled": count(audit.doubled)}
        pattern = gettext("*%(lost)s lost, %(doubled)s doubled:* the alarm names the orders.")
        return _said(pattern, values, calm, "critical")
    if "slow_worker" in alarms:
        return _slow(alarms["slow_worker"], calm)
    if flow and flow.kind == "catching":
        return _catching(flow, snapshot, more)
    if memory:
        values = {"share": percent_whole(memory.share)}
        return _said(gettext("*Memory runs low:* %(share)s %% of it is used."), values, calm, "warning")
    if flow and flow.kind == "idle" and not totals.pending + totals.processing + totals.retrying:
        values = {"time": clock(flow.since)}
        return Sentence(gettext("Idle since %(time)s: every order is done.") % values, more)
    return Sentence(going(figures.rates, totals), more)


def _beginning(figures: Figures, alive: list[WorkerRow]) -> Sentence:
    if not alive:
        pattern = gettext("*No worker is running.* Nothing has been placed yet.")
        return _said(
            pattern, {}, gettext("Orders that are placed wait until a worker is started."), "warning"
        )
    soon = gettext("The first order will be seen here within a quarter of a second.")
    return Sentence(
        gettext("Ready. Nothing has been placed yet."), _joined(working(alive, figures.slots), soon)
    )


def _paused(figures: Figures, totals: Totals, more: str) -> Sentence:
    alarm = next((alarm for alarm in figures.alarms if alarm.kind == "paused"), None)
    values = {"waits": waits(totals), "time": clock(alarm.since) if alarm else ""}
    pattern = gettext("*Paused since %(time)s.* %(waits)s") if alarm else gettext("*Paused.* %(waits)s")
    return _said(pattern, values, more, "warning")


def _behind(flow: Flow, snapshot: Snapshot, totals: Totals, alive: list[WorkerRow]) -> Sentence:
    pattern = {
        "lost": gettext("Falling behind by *%(by)s/s* since %(worker)s was lost at %(time)s."),
        "slow": gettext("Falling behind by *%(by)s/s* since %(worker)s became slow at %(time)s."),
        "more": gettext("Falling behind by *%(by)s/s*: more orders come since %(time)s."),
        "": gettext("Falling behind by *%(by)s/s* since %(time)s."),
    }[flow.why]
    values = {"by": rate(flow.by), "worker": flow.worker, "time": clock(flow.since)}
    more = _joined(projected(flow, totals, snapshot.at), help_for(flow, alive))
    return _said(pattern, values, more, "warning")


def _catching(flow: Flow, snapshot: Snapshot, more: str) -> Sentence:
    until = flow.until or snapshot.at
    if until - snapshot.at > CLOCK_MOST_MS:
        values = {"by": rate(flow.by), "span": about((until - snapshot.at) / 1000)}
        return _said(gettext("Catching up by *%(by)s/s*, done in about %(span)s."), values, more, "")
    values = {"by": rate(flow.by), "time": clock(_next_minute(until))}
    return _said(gettext("Catching up by *%(by)s/s*, done by %(time)s."), values, more, "")


def _lost(lost: list[Alarm], more: str) -> Sentence:
    first = lost[0]
    if len(lost) > 1:
        values = {"count": count(len(lost)), "time": clock(first.since)}
        return _said(
            gettext("*%(count)s workers were lost*, the last at %(time)s."), values, more, "critical"
        )
    values = {"worker": first.worker, "time": clock(first.since)}
    return _said(gettext("*%(worker)s was lost* at %(time)s, the others go on."), values, more, "critical")


def _slow(alarm: Alarm, more: str) -> Sentence:
    values = {"worker": alarm.worker, "p95": rate(alarm.p95), "others": rate(alarm.others)}
    pattern = gettext("*%(worker)s is slow:* %(p95)s s at p95, the others %(others)s s.")
    return _said(pattern, values, more, "warning")


def _said(pattern: str, values: Mapping[str, str], more: str, status: str) -> Sentence:
    """A pattern marks its head with asterisks; it is cut before it is filled, for a name may hold one too."""
    lead, head, body = (part % values for part in pattern.split("*"))
    return Sentence(body, more, head, status, lead)


def _joined(*remarks: str) -> str:
    return " ".join(remark for remark in remarks if remark)


def _next_minute(ms: int) -> int:
    return -(-ms // 60_000) * 60_000
