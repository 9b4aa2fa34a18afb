"""One worker as the workers page shows it: in words, shapes and curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import numerals, sparklines
from dashboard.entry_lines import readable
from dashboard.fleet import Fleet, Looked, Request
from dashboard.hands import Fate, InHand, Loss
from dashboard.judging import Concern, Observed, is_slow
from dashboard.numerals import Measure
from dashboard.protocol import WorkerRow
from dashboard.worker_reasons import explanation_of
from orderstream.streams.codec import StoredOrder
from orderstream.streams.controlling import Standing
from orderstream.streams.liveness import Asked

MARKS: Final = 16


@dataclass(frozen=True, slots=True)
class HandRow:
    """An order in hand: whose it is and what, since when, and whether that is long."""

    order_id: str
    what: str
    since_ms: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class FateRow:
    """What became of an order of a lost worker. `where`: who has it, or how much later it ended."""

    order_id: str
    status: str
    where: str


@dataclass(frozen=True, slots=True)
class Card:
    """`deeds`: what may be asked of it now. `took` None: nothing is known. `has_own_concurrency`: somebody
    asked for it. Empty texts are not shown."""

    name: str
    address: str
    concern: Concern | None
    shape: str
    tag: str
    asked: str
    asked_ms: int | None
    asked_more: str
    about: str
    started_ms: int | None
    silent_ms: int | None
    alive_until_ms: int
    marks: Sequence[str]
    in_hand: str
    curve: str
    ground: str
    rate: str
    took: Measure | None
    took_title: str
    is_slow: bool
    concurrency: int | None
    is_concurrency_asked: bool
    has_own_concurrency: bool
    deeds: frozenset[str]
    hand: Sequence[HandRow]
    hand_more: int
    fates: Sequence[FateRow]
    fates_title: str
    fates_more: str
    explanation: str


def cards_of(fleet: Fleet, remembered: Sequence[WorkerRow]) -> list[Card]:
    """`remembered`: what the feed has heard of workers, for those that say nothing any more."""
    top = sparklines.scale_of(fleet.curves.by_worker.get(each.observed.name, ()) for each in fleet.workers)
    known = {row.name: row for row in remembered}
    return [_card(each, fleet, known.get(each.observed.name), top) for each in fleet.workers]


def hand_rows(hand: Sequence[InHand], now_ms: int, late_after: float) -> list[HandRow]:
    return [
        HandRow(each.order_id, what_of(each.order), each.since_ms, now_ms - each.since_ms > late_after * 1000)
        for each in hand
    ]


def _card(looked: Looked, fleet: Fleet, remembered: WorkerRow | None, top: float) -> Card:
    observed, standing = looked.observed, looked.observed.standing
    curve = fleet.curves.by_worker.get(observed.name, ())
    request = fleet.asked.get(observed.name)
    others = [each.observed for each in fleet.workers]
    seconds = observed.seconds_an_order
    loss = looked.loss
    return Card(
        name=readable(observed.name),
        address=quote(readable(observed.name), safe=""),
        concern=looked.concern,
        shape=standing.state,
        tag=_tag(standing, looked.concern),
        asked=_asked(standing),
        asked_ms=request.at_ms if request else None,
        asked_more=_who_and_why(request),
        about=_about(standing, remembered),
        started_ms=standing.started_at if observed.is_living else None,
        silent_ms=None if observed.is_living else standing.alive_until - fleet.lease_ms,
        alive_until_ms=standing.alive_until,
        marks=_marks(observed),
        in_hand=_in_hand(observed),
        curve=sparklines.line(curve, top),
        ground=sparklines.area(curve, top),
        rate="" if observed.rate is None else numerals.rate(observed.rate),
        took=None if seconds is None or not observed.is_living else numerals.span(seconds),
        took_title=_("95 of 100 orders of the last minute took at most so long")
        if standing.p95_ms is not None
        else _("on average since it was started"),
        is_slow=is_slow(observed, others),
        concurrency=standing.concurrency_asked or standing.concurrency,
        is_concurrency_asked=standing.concurrency_asked not in (None, standing.concurrency),
        has_own_concurrency=standing.concurrency_asked is not None,
        deeds=deeds_of(standing),
        hand=hand_rows(looked.hand, fleet.at_ms, fleet.late_after),
        hand_more=max(0, standing.in_hand - len(looked.hand)),
        fates=[_fate(each) for each in loss.orders] if loss else (),
        fates_title=_fates_title(loss) if loss else "",
        fates_more=_fates_more(loss) if loss else "",
        explanation=explanation_of(looked, fleet, remembered),
    )


def deeds_of(standing: Standing) -> frozenset[str]:
    """A stop cannot be withdrawn; a worker that ends by itself can only be hurried."""
    if standing.state == "lost":
        return frozenset({"forget"})
    match standing.asked:
        case Asked.STOP:
            return frozenset()
        case Asked.DRAIN:
            return frozenset({"resume", "stop"})
        case Asked.PAUSE:
            return frozenset({"resume", "drain", "stop"})
    return frozenset({"stop"}) if standing.state == "draining" else frozenset({"pause", "drain", "stop"})


def what_of(order: StoredOrder | None) -> str:
    """Who ordered what; an entry that is no order says what it has."""
    if order is None:
        return _("cannot be read")
    entry = {name: readable(value)[:64] for name, value in order.entry.items()}
    values = {name: entry.get(name) or _("unknown") for name in ("customer_id", "quantity", "product_id")}
    return _("%(customer_id)s, %(quantity)s × %(product_id)s") % values


def _tag(standing: Standing, concern: Concern | None) -> str:
    words = {
        "lost": _("lost"),
        "stalled": _("stalled"),
        "slow": _("slow"),
        "stopping": _("stopping"),
        "draining": _("draining"),
        "paused": _("paused"),
    }
    is_not_yet = (standing.asked, standing.state) in {
        (Asked.DRAIN, "alive"),
        (Asked.PAUSE, "alive"),
        (Asked.DRAIN, "paused"),
    }
    return "" if concern is None or is_not_yet else words[concern]


def _asked(standing: Standing) -> str:
    """What was asked and the worker has not said yet that it does; a stop is never said, it ends."""
    if standing.state == "lost":
        return ""
    if standing.asked is Asked.STOP:
        return _("asked to stop")
    if standing.asked is Asked.DRAIN and standing.state != "draining":
        return _("asked to drain")
    if standing.asked is Asked.PAUSE and standing.state != "paused":
        return _("asked to pause")
    return ""


def _who_and_why(request: Request | None) -> str:
    if request is None:
        return ""
    values = {"who": readable(request.who), "why": readable(request.reason)}
    return (_("by %(who)s: %(why)s") if request.reason else _("by %(who)s")) % values


def _about(standing: Standing, remembered: WorkerRow | None) -> str:
    """Host, pid and version, as far as they are known; of a lost one what was heard of it."""
    host = standing.host or (remembered.host if remembered else None)
    pid = standing.pid or (remembered.pid if remembered else None)
    parts = [
        readable(host) if host else "",
        _("pid %(pid)s") % {"pid": pid} if pid else "",
        readable(standing.version) if standing.version else "",
    ]
    return ", ".join(part for part in parts if part)


def _marks(observed: Observed) -> list[str]:
    """One for each place, 16 at most, in proportion; the late ones first."""
    standing = observed.standing
    places = standing.concurrency or 0
    marks = min(MARKS, places)
    if not marks or not observed.is_living:
        return []
    on = min(marks, -(-standing.in_hand * marks // places))
    late = min(on, -(-observed.late * marks // places))
    return ["late"] * late + ["on"] * (on - late) + [""] * (marks - on)


def _in_hand(observed: Observed) -> str:
    standing = observed.standing
    values = {
        "count": numerals.count(standing.in_hand),
        "all": numerals.count(standing.concurrency or 0),
        "late": numerals.count(observed.late),
    }
    if not standing.concurrency:
        return _("%(count)s in hand") % values
    if observed.late:
        return _("%(count)s of %(all)s in hand, %(late)s late") % values
    return _("%(count)s of %(all)s in hand") % values


def _fate(fate: Fate) -> FateRow:
    order = fate.order
    if order is None:
        return FateRow(fate.order_id, "", _("cannot be read"))
    worker = readable(order.worker_id or "")
    if fate.later_ms is None:
        return FateRow(fate.order_id, order.status, worker if order.status == "processing" else "")
    values = {"worker": worker or "–", "span": numerals.span_text(fate.later_ms / 1000)}
    return FateRow(fate.order_id, order.status, _("%(worker)s, %(span)s later") % values)


def _fates_title(loss: Loss) -> str:
    if not loss.count:
        return ""
    text = ngettext("What became of its %(count)s order", "What became of its %(count)s orders", loss.count)
    return text % {"count": numerals.count(loss.count)}


def _fates_more(loss: Loss) -> str:
    rest = loss.count - len(loss.orders)
    if not loss.is_whole:
        return _("There may be more: too much has happened since to look through all of it.")
    return _("and %(count)s more") % {"count": numerals.count(rest)} if rest else ""
