"""The quiet words below the board's sentence, and its plain ones; js/remarks.js says the same later."""

from collections.abc import Sequence
from math import ceil

from django.utils.translation import gettext, ngettext

from dashboard.judgements import Alarm, Flow
from dashboard.numerals import clock, count, rate
from dashboard.protocol import Rates, Slots, Totals, WorkerRow

HALF_HOUR_MS = 1_800_000
# The half hour that is named lies at least so far ahead, or it would change while one reads.
AHEAD_MS = 600_000


def going(rates: Rates, totals: Totals) -> str:
    if not totals.pending + totals.processing + totals.retrying:
        return gettext("All quiet: every order is done.")
    if not rates.completed or rates.completed < 0.05:
        return waits(totals)
    values = {"rate": rate(rates.completed), "count": count(totals.pending)}
    if not totals.pending:
        return gettext("%(rate)s orders a second, nothing waits.") % values
    text = ngettext(
        "%(rate)s orders a second, %(count)s waits.",
        "%(rate)s orders a second, %(count)s wait.",
        totals.pending,
    )
    return text % values


def waits(totals: Totals) -> str:
    pending, processing = totals.pending, totals.processing
    work = ngettext("%(count)s order is processed", "%(count)s orders are processed", processing)
    in_work = work % {"count": count(processing)}
    if not pending:
        return (
            gettext("%(in_work)s, nothing waits.") % {"in_work": in_work}
            if processing
            else gettext("Nothing waits.")
        )
    if processing:
        text = ngettext("%(in_work)s, %(count)s waits.", "%(in_work)s, %(count)s wait.", pending)
        return text % {"in_work": in_work, "count": count(pending)}
    return ngettext("%(count)s order waits.", "%(count)s orders wait.", pending) % {"count": count(pending)}


def working(alive: Sequence[WorkerRow], slots: Slots | None) -> str:
    if not alive:
        return gettext("Start one with manage.py runworker_orders.")
    text = ngettext(
        "%(workers)s worker is at work, %(used)s of %(all)s slots in use.",
        "%(workers)s workers are at work, %(used)s of %(all)s slots in use.",
        len(alive),
    )
    used, places = (slots.used, slots.all) if slots else (0, 0)
    return text % {"workers": count(len(alive)), "used": count(used), "all": count(places)}


def resting(alive: Sequence[WorkerRow]) -> str:
    text = ngettext(
        "%(count)s worker is paused or draining.", "%(count)s workers are paused or draining.", len(alive)
    )
    return text % {"count": count(len(alive))}


def letters(failed: int) -> str:
    if not failed:
        return ""
    text = ngettext(
        "%(count)s dead letter waits for a person.", "%(count)s dead letters wait for a person.", failed
    )
    return text % {"count": count(failed)}


def projected(flow: Flow, totals: Totals, at: int) -> str:
    """How many orders will wait at the next half hour, to two digits."""
    then = -(-(at + AHEAD_MS) // HALF_HOUR_MS) * HALF_HOUR_MS
    waiting = int(float(f"{totals.pending + flow.by * (then - at) / 1000:.1e}"))
    return gettext("At this rate %(count)s orders wait by %(time)s.") % {
        "count": count(waiting),
        "time": clock(then),
    }


def help_for(flow: Flow, alive: Sequence[WorkerRow]) -> str:
    """So many more workers like the best one would keep up."""
    best = max(alive, key=lambda worker: (worker.rate or 0, worker.name))
    if not best.rate or best.rate < 0.05:
        return ""
    more = ceil(flow.by / best.rate)
    text = ngettext(
        "%(count)s more worker like %(worker)s would keep up.",
        "%(count)s more workers like %(worker)s would keep up.",
        more,
    )
    return text % {"count": count(more), "worker": best.name}


def heirs(lost: Sequence[Alarm]) -> str:
    """Where the orders of the lost went on."""
    orders, held = sum(alarm.orders for alarm in lost), sum(alarm.held for alarm in lost)
    names = sorted({name for alarm in lost for name in alarm.heirs})
    if held:
        text = ngettext("%(count)s order is handed on soon.", "%(count)s orders are handed on soon.", held)
        return text % {"count": count(held)}
    if not orders:
        return gettext("Nothing was in hand.")
    if not names:
        text = ngettext(
            "%(count)s order begins anew; none is lost.", "%(count)s orders begin anew; none is lost.", orders
        )
        return text % {"count": count(orders)}
    text = ngettext(
        "%(count)s order went on at %(names)s; none is lost.",
        "%(count)s orders went on at %(names)s; none is lost.",
        orders,
    )
    return text % {"count": count(orders), "names": listed(names)}


def listed(names: Sequence[str]) -> str:
    """Three at most: a, b and c."""
    *first, last = names[:3] if len(names) <= 3 else [*names[:2], gettext("others")]
    if not first:
        return last
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(first), "last": last}
