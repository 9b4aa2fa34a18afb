"""The ledger in the board's head: what is lost or doubled, audited to when, and the lines behind it;
js/ledger.js says the same later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext, ngettext

from dashboard.judgements import FRESH_MS, Verdict
from dashboard.numerals import about, clock_seconds, count, percent_whole

# A clock time further back could be of another day.
CLOCK_MOST_MS: Final = 43_200_000


@dataclass(frozen=True, slots=True)
class Line:
    """`ids` are linked."""

    key: str
    label: str
    text: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """`help` says what to do about what is wrong; empty while nothing is."""

    status: str
    icon: str
    said: str
    lines: tuple[Line, ...]
    help: str


def ledger_of(verdict: Verdict | None, at: int) -> Ledger:
    status, icon = _look(verdict, at)
    lines = tuple(_lines(verdict)) if verdict else ()
    wrong = verdict is not None and bool(verdict.broken)
    repair = gettext(
        "manage.py audit_orders says all of it; with --repair it mends what has one right answer."
    )
    return Ledger(status, icon, _said(verdict, at), lines, repair if wrong else "")


def _look(verdict: Verdict | None, at: int) -> tuple[str, str]:
    """Status and shape."""
    if verdict is None or verdict.audited_to is None:
        return "cancelled", "clock"
    if verdict.lost or verdict.doubled:
        return "critical", "alert"
    if verdict.broken or verdict.unjudged:
        return "warning", "alert"
    return ("warning", "clock") if at - verdict.audited_to > FRESH_MS else ("completed", "completed")


def _said(verdict: Verdict | None, at: int) -> str:
    if verdict is None or verdict.audited_to is None:
        if verdict is None or verdict.share is None:
            return gettext("Not audited yet")
        return gettext("First audit, %(share)s %% read") % {"share": percent_whole(verdict.share)}
    found = _found(verdict)
    if verdict.unjudged:
        values = {"found": found, "count": count(verdict.unjudged)}
        found = gettext("%(found)s, %(count)s not judged") % values
    values = {"found": found, "time": clock_seconds(verdict.audited_to)}
    age_ms = at - verdict.audited_to
    if age_ms > CLOCK_MOST_MS:
        values |= {"span": about(age_ms / 1000)}
        return gettext("%(found)s, last audited %(span)s ago") % values
    if age_ms > FRESH_MS:
        return gettext("%(found)s, audited only to %(time)s") % values
    return gettext("%(found)s, audited to %(time)s") % values


def _found(verdict: Verdict) -> str:
    values = {"lost": count(verdict.lost), "doubled": count(verdict.doubled), "count": count(verdict.others)}
    if not verdict.others:
        return gettext("%(lost)s lost, %(doubled)s doubled") % values
    text = ngettext(
        "%(lost)s lost, %(doubled)s doubled, %(count)s other fault",
        "%(lost)s lost, %(doubled)s doubled, %(count)s other faults",
        verdict.others,
    )
    return text % values


def _lines(verdict: Verdict) -> Iterator[Line]:
    yield Line("lost", gettext("Lost"), count(verdict.lost), verdict.lost_ids)
    yield Line("doubled", gettext("Doubled"), count(verdict.doubled), verdict.doubled_ids)
    for broken in verdict.broken:
        values = {"count": count(broken.count), "text": broken.text}
        yield Line(broken.invariant, broken.invariant, gettext("%(count)s: %(text)s") % values, broken.ids)
    if verdict.audited_to is not None:
        text = ngettext(
            "at %(time)s, %(count)s round since", "at %(time)s, %(count)s rounds since", verdict.rounds
        )
        values = {"time": clock_seconds(verdict.since), "count": count(verdict.rounds)}
        yield Line("to", gettext("Audited to"), clock_seconds(verdict.audited_to))
        yield Line("since", gettext("Begun anew"), text % values)
    if verdict.put_back:
        text = ngettext(
            "%(count)s order that nobody had", "%(count)s orders that nobody had", verdict.put_back
        )
        yield Line("put_back", gettext("Put back"), text % {"count": count(verdict.put_back)})
    if verdict.unjudged:
        text = gettext("%(count)s; manage.py audit_orders says why") % {"count": count(verdict.unjudged)}
        yield Line("unjudged", gettext("Not judged"), text)
    if verdict.share is not None:
        text = gettext("%(share)s %% of the log is read") % {"share": percent_whole(verdict.share)}
        yield Line("share", gettext("New audit"), text)
