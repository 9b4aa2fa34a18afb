"""Each figure of the board as text, by the name of its place in the page; js/spots.js says the same later."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.utils.translation import gettext, ngettext

from dashboard.judgements import Ranking
from dashboard.numerals import (
    Measure,
    about,
    as_set,
    clock,
    count,
    head_and_tail,
    percent,
    rate,
    size,
    span,
    span_text,
    unknown,
)
from dashboard.protocol import UNKNOWN_RATES, Figures, Memory, Oldest, Percentiles, Rates, Snapshot, Targets
from dashboard.statuses import status_word

Text = str | Measure
Value = TypeVar("Value")


def spots_of(snapshot: Snapshot) -> Mapping[str, Text]:
    figures, at = snapshot.figures, snapshot.at
    return {
        **_stations(figures, at),
        **_oldest(figures, at),
        "lag": _known(figures.lag, count),
        "in_hand": _known(figures.in_hand, count),
        "parked": _known(figures.waiting, count),
        **_rates(figures.rates),
        **_percentiles("waited", figures.waiting_time),
        **_percentiles("took", figures.processing_time),
        "waited_more": _last_minute(figures.targets.waiting if figures.targets else None),
        "took_more": _last_minute(figures.targets.processing if figures.targets else None),
        **_lately(figures),
        **_memory(figures.memory),
        "ranking_more": _counted(figures.ranking),
        "workers_more": _at_work(snapshot),
        "orders_more": "",
    }


def _known(value: Value | None, form: Callable[[Value], Text]) -> Text:
    return unknown() if value is None else form(value)


def _stations(figures: Figures, at: int) -> dict[str, Text]:
    totals, rates, slots = figures.totals, figures.rates, figures.slots
    spots: dict[str, Text] = {
        "placed_more": "",
        "placed_rate": _known(rates.placed, _per_second),
        "waiting_more": "",
        "processing_more": unknown(),
        "completed_more": unknown(),
        "completed_rate": _known(rates.completed, _per_second),
        "retrying_more": "",
        "failed_more": gettext("%(rate)s/s fail") % {"rate": rate(rates.failed)} if rates.failed else "",
    }
    for name in ("placed", "processing", "completed", "retrying", "failed"):
        spots[name] = count(getattr(totals, name)) if totals else unknown()
    spots["waiting"] = count(totals.pending) if totals else unknown()
    if totals:
        spots["completed_more"] = gettext("%(count)s cancelled") % {"count": count(totals.cancelled)}
    if totals and totals.adopted:
        spots["placed_more"] = gettext("and %(count)s adopted") % {"count": count(totals.adopted)}
    if figures.waiting_since is not None:
        spots["waiting_more"] = _oldest_waiting((at - figures.waiting_since) / 1000, figures.targets)
    if slots:
        text = ngettext("of %(count)s slot", "of %(count)s slots", slots.all)
        spots["processing_more"] = text % {"count": count(slots.all)}
    if totals and totals.retrying and figures.next_retry_at is not None:
        spots["retrying_more"] = _next_retry(figures.next_retry_at - at)
    return spots


def _oldest_waiting(seconds: float, targets: Targets | None) -> str:
    age = span_text(seconds)
    if targets is None:
        return gettext("oldest %(age)s") % {"age": age}
    return gettext("oldest %(age)s, target %(target)s") % {"age": age, "target": as_set(targets.waiting)}


def _per_second(value: float) -> Text:
    return rate(value), gettext("/s")


def _next_retry(ms: int) -> str:
    if ms <= 0:
        return gettext("the next is due")
    return gettext("next in %(span)s") % {"span": span_text(ms / 1000)}


def _oldest(figures: Figures, at: int) -> dict[str, Text]:
    totals = figures.totals
    # Without a group nobody can say which order is the oldest; "every order is done" would be a lie.
    if totals is None or (not figures.oldest and totals.pending + totals.processing + totals.retrying):
        return {"oldest": unknown(), "oldest_more": ""}
    if figures.oldest is None:
        return {"oldest": "–", "oldest_more": gettext("every order is done")}
    return {"oldest": span((at - figures.oldest.since) / 1000), "oldest_more": _which(figures.oldest)}


def _which(oldest: Oldest) -> str:
    values = {"tail": head_and_tail(oldest.order_id)[1], "status": status_word(oldest.status)}
    return gettext("…%(tail)s, %(status)s") % values


def _rates(rates: Rates) -> dict[str, Text]:
    """One word where none is known, not one for each."""
    if rates == UNKNOWN_RATES:
        return {"rates_unknown": unknown(), "placed_now": "", "completed_now": "", "failed_now": ""}
    each = {name: getattr(rates, name) for name in ("placed", "completed", "failed")}
    return {"rates_unknown": "", **{f"{name}_now": _known(value, rate) for name, value in each.items()}}


def _percentiles(of: str, given: Percentiles | None) -> dict[str, Text]:
    spots: dict[str, Text] = {f"{of}_unknown": "" if given else unknown()}
    for name in ("p50", "p95", "p99"):
        spots[f"{of}_{name}"] = rate(getattr(given, name)) if given else ""
    return spots


def _last_minute(target: float | None) -> str:
    if target is None:
        return gettext("last minute")
    return gettext("last minute, target %(target)s") % {"target": as_set(target)}


def beyond_target(figures: Figures) -> Mapping[str, bool]:
    """Which times of the last minute are too long, for more than one order in twenty."""
    waited, took, targets = figures.waiting_time, figures.processing_time, figures.targets
    return {
        "waited": bool(waited and targets and waited.p95 > targets.waiting),
        "took": bool(took and targets and took.p95 > targets.processing),
    }


def _lately(figures: Figures) -> dict[str, Text]:
    share = figures.first_15m
    if share is None:
        at_first = ""
    elif share == 1:
        at_first = gettext("all at the first attempt")
    else:
        at_first = gettext("%(share)s %% at the first attempt") % {"share": percent(share)}
    return {"completed_15m": _known(figures.completed_15m, count), "first_15m": at_first}


def _memory(memory: Memory | None) -> dict[str, Text]:
    if memory is None:
        return {"memory": unknown(), "memory_of": "", "memory_more": ""}
    if memory.limit is None:
        return {"memory": size(memory.used), "memory_of": "", "memory_more": gettext("without a limit")}
    limit = gettext("of %(size)s") % {"size": "".join(size(memory.limit))}
    return {"memory": size(memory.used), "memory_of": limit, "memory_more": _full(memory)}


def _full(memory: Memory) -> str:
    if memory.is_growing is None:
        return ""
    if not memory.is_growing:
        return gettext("not growing")
    if memory.full_in is None:
        return gettext("full in more than a year")
    return gettext("full in about %(span)s") % {"span": about(memory.full_in)}


def _counted(ranking: Ranking | None) -> str:
    if ranking is None:
        return unknown()
    since = gettext("since %(time)s") % {"time": clock(ranking.since)}
    if ranking.is_exact:
        return since
    missed = ngettext(
        "%(since)s; a figure may be %(count)s order too low",
        "%(since)s; a figure may be %(count)s orders too low",
        ranking.missed,
    )
    return missed % {"since": since, "count": count(ranking.missed)}


def _at_work(snapshot: Snapshot) -> str:
    workers = snapshot.workers
    living = sum(worker.state != "lost" for worker in workers)
    if not workers:
        return ""
    slots = snapshot.figures.slots
    values = {"living": count(living), "all": count(len(workers))}
    if slots is None:
        return gettext("%(living)s of %(all)s at work") % values
    values |= {"used": count(slots.used), "slots": count(slots.all)}
    return gettext("%(living)s of %(all)s at work, %(used)s of %(slots)s slots in use") % values
