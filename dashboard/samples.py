"""What the board takes from the keeper's samples: percentiles, memory, first rates, what was a while ago."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dashboard.judgements import Charted, charted
from dashboard.protocol import UNKNOWN_RATES, Memory, Percentiles, Rates
from orderstream.streams import metrics
from orderstream.streams.lane import Lane
from orderstream.streams.metrics import Sample

_MS: Final = timedelta(milliseconds=1)
# An older sample says nothing of now: the keeper is away, and what only it knows is unknown.
FRESH: Final = timedelta(seconds=15)
LOOK_BACK: Final = timedelta(minutes=15)
# How far from 15 minutes ago a sample may be and still stand for them: samples are a second apart.
_NEAR: Final = timedelta(seconds=10)
# Memory is judged by an hour's growth, and by ten minutes' at least: a burst says nothing of next week.
GROWTH: Final = timedelta(hours=1)
GROWTH_LEAST: Final = timedelta(minutes=10)
FULL_MOST: Final = timedelta(days=365)


@dataclass(frozen=True)
class Sampled:
    waiting_time: Percentiles | None = None
    processing_time: Percentiles | None = None
    memory: Memory | None = None
    rates: Rates = UNKNOWN_RATES
    completed_15m: int | None = None
    first_15m: float | None = None
    charted: Charted | None = None


async def sampled(lane: Lane, now_ms: int, totals: Mapping[str, int]) -> Sampled:
    """Everything None that the keeper does not know, or has not said lately."""
    newest = await metrics.newest_sample(lane)
    if newest is None or now_ms - newest.at_ms > FRESH // _MS:
        return Sampled()
    then_ms = now_ms - LOOK_BACK // _MS
    before, hour_ago = await asyncio.gather(
        metrics.samples(lane, then_ms, now_ms, 1),
        metrics.samples(lane, now_ms - GROWTH // _MS, now_ms, 1),
    )
    known = newest.figures
    completed = _since(before, then_ms, "completed", totals.get("completed", 0))
    at_first = _since(before, then_ms, "completed_at_first", totals.get("n_completed_at_first", 0))
    return Sampled(
        waiting_time=_percentiles(known, "waiting"),
        processing_time=_percentiles(known, "processing"),
        memory=_memory(newest, hour_ago),
        rates=Rates(*(known.get(f"{name}_per_second") for name in ("placed", "completed", "failed"))),
        completed_15m=completed,
        first_15m=min(1.0, at_first / completed) if completed and at_first is not None else None,
        charted=charted(newest),
    )


def _percentiles(known: Mapping[str, float], of: str) -> Percentiles | None:
    values = [known.get(f"{of}_{label}") for label in ("p50", "p95", "p99")]
    found = [value for value in values if value is not None]
    return Percentiles(*found) if len(found) == len(values) else None


def _memory(newest: Sample, earlier: list[Sample]) -> Memory | None:
    used, limit = newest.figures.get("memory_used"), newest.figures.get("memory_limit")
    if used is None:
        return None
    if limit is None:
        return Memory(int(used), None)
    growth = _growth(newest, earlier)
    if growth is None:
        return Memory(int(used), int(limit))
    full_in = max(0.0, limit - used) / growth if growth > 0 else None
    if full_in is None or full_in > FULL_MOST.total_seconds():
        return Memory(int(used), int(limit), growth > 0)
    # To two digits: a figure that changed each second would be read as a promise.
    return Memory(int(used), int(limit), True, int(float(f"{full_in:.1e}")))


def _growth(newest: Sample, earlier: list[Sample]) -> float | None:
    """Bytes per second."""
    before = earlier[0].figures.get("memory_used") if earlier else None
    seconds = (newest.at_ms - earlier[0].at_ms) / 1000 if earlier else 0
    if before is None or seconds < GROWTH_LEAST.total_seconds():
        return None
    return (newest.figures["memory_used"] - before) / seconds


def _since(earlier: list[Sample], then_ms: int, counter: str, now: int) -> int | None:
    """A sample in which nothing had been counted yet stands for all the time before it as well."""
    before = earlier[0].figures.get(counter) if earlier else None
    if before is None or before > now:
        return None
    is_near = earlier[0].at_ms - then_ms <= _NEAR // _MS
    return now - int(before) if is_near or before == 0 else None
