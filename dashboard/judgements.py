"""What the keeper makes of the whole, in the wire's terms: flow, alarms, verdict, ranking, newest sample."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from orderstream.streams import outlook as stored
from orderstream.streams import verdicts
from orderstream.streams.codec import is_order_id
from orderstream.streams.metrics import Sample
from orderstream.streams.outlook import AlarmKind, FlowCause, FlowKind, Gravity
from orderstream.streams.ranking import Place, Top

# An older outlook says nothing of now: the keeper is away.
FRESH_MS: Final = 15_000
PLACES: Final = 5
IDS_TOLD: Final = 10
# What the charts draw of a sample.
CHARTED: Final = (
    "placed_per_second", "completed_per_second", "failed_per_second", "lag", "in_hand", "waiting",
    "processing_p50", "processing_p95", "processing_p99",
)  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """`by` in orders/s, `since` and `until` in ms: when a backlog that shrinks will be gone."""

    kind: FlowKind
    since: int
    by: float = 0.0
    until: int | None = None
    why: FlowCause = ""
    worker: str = ""


@dataclass(frozen=True)
class Alarm(Gravity):
    """One thing that a person should know. What it is not about is 0 or empty, as stored."""

    kind: AlarmKind | Literal["keeper_silent"]
    since: int
    worker: str = ""
    orders: int = 0
    held: int = 0
    heirs: tuple[str, ...] = ()
    p95: float = 0.0
    others: float = 0.0
    letters: int = 0
    share: float = 0.0
    is_full: bool = False
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, so many times; the first orders that break it, and how."""

    invariant: str
    count: int
    ids: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Verdict:
    """What the audit found, up to the ms `audited_to`; None: it has not been through everything yet.

    `since`: the ms at which the audit began that it stands on. `others`: violations by which nothing is lost
    or doubled. `share`: of the log that a keeper's first audit has read; None once that is through."""

    audited_to: int | None
    since: int
    rounds: int
    lost: int
    lost_ids: tuple[str, ...]
    doubled: int
    doubled_ids: tuple[str, ...]
    others: int
    broken: tuple[Broken, ...]
    put_back: int
    unjudged: int
    share: float | None


@dataclass(frozen=True)
class Ranked:
    """`amount` is decimal text."""

    name: str
    orders: int
    amount: str


@dataclass(frozen=True)
class Ranking:
    """Since and until are ms. Not `is_exact`: figures may be up to `missed` orders too low."""

    since: int
    until: int
    is_exact: bool
    missed: int
    products_by_orders: tuple[Ranked, ...] = ()
    products_by_amount: tuple[Ranked, ...] = ()
    customers_by_orders: tuple[Ranked, ...] = ()
    customers_by_amount: tuple[Ranked, ...] = ()


@dataclass(frozen=True)
class Charted:
    """The newest sample, as far as charts draw it; a figure that is unknown is not in it."""

    at: int
    figures: Mapping[str, float]


def is_fresh(outlook: stored.Outlook | None, now_ms: int) -> bool:
    return outlook is not None and now_ms - outlook.at_ms <= FRESH_MS


def flow_of(outlook: stored.Outlook | None, now_ms: int) -> Flow | None:
    if outlook is None or outlook.flow is None or not is_fresh(outlook, now_ms):
        return None
    flow = outlook.flow
    return Flow(flow.kind, flow.since_ms, flow.by, flow.until_ms, flow.why, flow.worker)


def alarms_of(outlook: stored.Outlook | None, now_ms: int, *, is_silent: bool) -> tuple[Alarm, ...]:
    """Of an outlook that is no longer true only that nobody keeps it so, once that is certain."""
    if outlook is None or not is_fresh(outlook, now_ms):
        return (Alarm("keeper_silent", outlook.at_ms),) if outlook and is_silent else ()
    return tuple(_alarm(alarm) for alarm in outlook.alarms)


def _alarm(alarm: stored.Alarm) -> Alarm:
    given = asdict(alarm)
    since, _base = given.pop("since_ms"), given.pop("base")
    return Alarm(since=since, **given | {"ids": _linked(alarm.ids)})


def verdict_of(verdict: verdicts.Verdict | None) -> Verdict | None:
    """However old: it says itself how far it goes."""
    if verdict is None:
        return None
    return Verdict(
        audited_to=verdict.audited_to_ms,
        since=verdict.begun_ms,
        rounds=verdict.rounds,
        lost=verdict.lost,
        lost_ids=_linked(verdict.lost_ids),
        doubled=verdict.doubled,
        doubled_ids=_linked(verdict.doubled_ids),
        others=verdict.others,
        broken=tuple(
            Broken(broken.invariant, broken.count, _linked(broken.ids), broken.text)
            for broken in verdict.violations
        ),
        put_back=verdict.put_back,
        unjudged=sum(each.count for each in verdict.unjudged),
        share=verdict.share,
    )


def _linked(ids: Sequence[str]) -> tuple[str, ...]:
    """The first that can be the id of an order: an index may hold anything."""
    return tuple(order_id for order_id in ids if is_order_id(order_id))[:IDS_TOLD]


def ranking_of(top: Top | None) -> Ranking | None:
    if top is None:
        return None
    return Ranking(
        since=top.since_ms,
        until=top.until_ms,
        is_exact=top.is_exact,
        missed=top.missed,
        products_by_orders=_ranked(top.products_by_orders),
        products_by_amount=_ranked(top.products_by_amount),
        customers_by_orders=_ranked(top.customers_by_orders),
        customers_by_amount=_ranked(top.customers_by_amount),
    )


def _ranked(places: Sequence[Place]) -> tuple[Ranked, ...]:
    return tuple(Ranked(place.name, place.orders, place.amount) for place in places[:PLACES])


def charted(sample: Sample) -> Charted:
    known = {name: round(sample.figures[name], 3) for name in CHARTED if name in sample.figures}
    return Charted(sample.at_ms, known)
