"""Reads all that the workers page shows, once a second for everybody who looks at it."""

import asyncio
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from django.db import DatabaseError

from dashboard import counted
from dashboard.actors import names_of, who
from dashboard.counted import Within
from dashboard.hands import InHand, Loss, hands_of, loss_of
from dashboard.judging import CONCERNS, Concern, Observed, concern, late_after_seconds
from orderstream import audit, conf
from orderstream.streams import controlling, figures, metrics
from orderstream.streams.controlling import Standing
from orderstream.streams.lane import Lane
from orderstream.streams.pending import held_by
from orderstream.streams.throughputs import Throughputs, throughputs

_MS: Final = timedelta(milliseconds=1)
# More are no page for a person; the API lists all.
WORKERS_SHOWN: Final = 100
LATE_COUNTED: Final = 100
LOOKED_INTO: Final = 10  # of those that need a look, so many have their orders read
# Whoever has just asked something of a worker looks at once, and must not be shown what was before.
AGE_MAX_SECONDS: Final = 0.3
WINDOW: Final = timedelta(minutes=15)
DAY: Final = timedelta(days=1)
STEPS: Final = 60
ASKING: Final = ("pause_asked", "drain_asked", "stop_asked")
_FRESH: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Looked:
    """A worker with the reason why it needs a look, and what it holds or held."""

    observed: Observed
    concern: Concern | None
    hand: Sequence[InHand] = ()
    loss: Loss | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked of a worker, when and why."""

    who: str
    at_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """All workers at one moment. `late_after`: seconds. `names`: also of those beyond the shown. `asked`: who
    asked what of them last, as far as it still stands."""

    at_ms: int
    all_paused: bool
    asked: Mapping[str, Request]
    workers: Sequence[Looked]
    names: frozenset[str]
    curves: Throughputs
    late_after: float
    lease_ms: int
    waiting: int | None
    placed_per_second: float | None
    completed_per_second: float | None
    failed_attempts: Within
    taken_over: Within

    @property
    def left_out(self) -> int:
        return len(self.names) - len(self.workers)


@dataclass(slots=True)
class _Reader:
    """One reading at a time, so that many who look cost no more than one."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    kept: dict[str, tuple[float, Fleet]] = field(default_factory=dict)


_readers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Reader] = weakref.WeakKeyDictionary()


async def fleet(lane: Lane) -> Fleet:
    reader = _readers.setdefault(asyncio.get_running_loop(), _Reader())
    async with reader.turn:
        at, kept = reader.kept.get(lane.keys.prefix, (0.0, None))
        if kept is None or time.monotonic() - at > AGE_MAX_SECONDS:
            kept = await _read(lane)
            reader.kept = {lane.keys.prefix: (time.monotonic(), kept)}
        return kept


async def _read(lane: Lane) -> Fleet:
    snapshot = await figures.snapshot(lane)
    now_ms = snapshot.now_ms
    standings, newest, curves = await asyncio.gather(
        controlling.standings(lane),
        metrics.newest_sample(lane),
        throughputs(lane, now_ms - WINDOW // _MS, WINDOW // STEPS // _MS, STEPS),
    )
    known = newest.figures if newest and now_ms - newest.at_ms < _FRESH // _MS else {}
    chosen = sorted(standings.workers, key=lambda each: (each.state == "lost", each.name))[:WORKERS_SHOWN]
    late_after = late_after_seconds(known.get("processing_p95"), conf.processing().time_limit.total_seconds())
    late = await _late(lane, chosen, late_after)
    observed = [
        Observed(each, known.get(metrics.worker_figure(each.name)), late.get(each.name, 0)) for each in chosen
    ]
    looked = [Looked(each, concern(each, observed, all_paused=standings.paused)) for each in observed]
    return Fleet(
        at_ms=now_ms,
        all_paused=standings.paused,
        asked=await _asked(standings.workers),
        workers=await _looked_into(lane, looked, now_ms),
        names=frozenset(each.name for each in standings.workers),
        curves=curves,
        late_after=late_after,
        lease_ms=conf.processing().lease // _MS,
        waiting=snapshot.totals.get("pending", 0),
        placed_per_second=known.get("placed_per_second"),
        completed_per_second=_completed_per_second(observed),
        failed_attempts=await counted.attempts_failed(lane, snapshot.totals, now_ms, WINDOW),
        taken_over=await counted.taken_over(lane, snapshot.totals, now_ms, DAY),
    )


async def _late(lane: Lane, workers: Sequence[Standing], after: float) -> Mapping[str, int]:
    """By worker, for those that hold anything: over everybody's at once the whole list would be looked at."""
    holding = [each.name for each in workers if each.in_hand and each.state != "lost"]
    held = await held_by(lane, holding, LATE_COUNTED, min_idle_ms=round(after * 1000))
    return {name: len(entries) for name, entries in held.items()}


async def _looked_into(lane: Lane, workers: Sequence[Looked], now_ms: int) -> Sequence[Looked]:
    """Those that need a look, loudest first, with their orders as far as one reads; then the others."""
    ranked = sorted(workers, key=lambda each: CONCERNS.index(each.concern) if each.concern else len(CONCERNS))
    into = [each for each in ranked if each.concern][:LOOKED_INTO]
    living = [each.observed.name for each in into if each.observed.is_living]
    hands = await hands_of(lane, living, now_ms)
    losses = {
        each.observed.name: await loss_of(lane, each.observed.standing)
        for each in into
        if not each.observed.is_living
    }
    return [
        replace(each, hand=hands.get(each.observed.name, ()), loss=losses.get(each.observed.name))
        for each in ranked
    ]


async def _asked(workers: Sequence[Standing]) -> Mapping[str, Request]:
    """Nothing where SQL is away, and of what was asked past the API."""
    names = [each.name for each in workers if each.asked]
    if not names:
        return {}
    try:
        found = await audit.latest_of_async(names, ASKING)
        full_names = await names_of({entry.actor for entry in found.values()})
    except DatabaseError:
        return {}
    return {
        name: Request(who(entry.actor, full_names), round(entry.at.timestamp() * 1000), entry.reason)
        for name, entry in found.items()
    }


def _completed_per_second(workers: Sequence[Observed]) -> float | None:
    """Over five seconds, as the workers' own are; None where none is known."""
    known = [each.rate for each in workers if each.rate is not None]
    return sum(known) if known else None
