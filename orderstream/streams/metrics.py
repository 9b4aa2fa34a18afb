"""The keeper's samples: one a second for an hour, one per 10 s for a day, one per 5 min for 90 days."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import isfinite
from typing import Any, Final

from orderstream.streams.buckets import Buckets, Grid
from orderstream.streams.codec import id_ms, interleaved
from orderstream.streams.lane import Lane

# (older than, one sample stays in each)
STEPS: Final = ((timedelta(hours=1), timedelta(seconds=10)), (timedelta(days=1), timedelta(minutes=5)))
KEPT: Final = timedelta(days=90)
# The keeper's second is never exact: in buckets of one second some would seem to be missing.
FINEST: Final = timedelta(seconds=2)
_PAGE: Final = 500
# Entries of 40 figures that one reply may hold: 100 are taken apart in 4 ms, 500 would hold others up for 20.
_PAGE_READ: Final = 100
_WORKER: Final = "worker:"

Wanted = Callable[[str], bool]


def worker_figure(name: str) -> str:
    """The name in a sample of a worker's completed orders per second."""
    return f"{_WORKER}{name}"


def worker_of(figure: str) -> str | None:
    """The inverse: whose throughput a figure is, None for all others."""
    return figure.removeprefix(_WORKER) if figure.startswith(_WORKER) else None


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures of one moment, by name; what is unknown is left out."""

    at_ms: int
    figures: Mapping[str, float] = field(default_factory=dict)


async def add_sample(lane: Lane, sample: Sample) -> str:
    """Append it; the entry's id carries the server's time."""
    fields = {"at": sample.at_ms} | {name: f"{value:.12g}" for name, value in sample.figures.items()}
    return str(await lane.run("add_sample", keys=[lane.keys.metrics], args=interleaved(fields)))


async def samples(lane: Lane, since_ms: int, until_ms: int, limit: int) -> list[Sample]:
    """Samples of a span, oldest first."""
    rows = await lane.command("XRANGE", lane.keys.metrics, since_ms, until_ms, "COUNT", limit)
    return [_sample(entry_id, fields) for entry_id, fields in rows]


def finest_step_ms(since_ms: int, now_ms: int) -> int:
    """Below it buckets would be empty only because samples have been thinned out.

    With one step's grace: who asks for the last 24 hours by a clock a little slow means no coarser ones."""
    age = timedelta(milliseconds=now_ms - since_ms)
    return max((every for old, every in STEPS if age > old + every), default=FINEST) // timedelta(
        milliseconds=1
    )


async def history(lane: Lane, grid: Grid, wanted: Wanted) -> Buckets:
    """The wanted figures by bucket. Reads each sample of the span (12,000 in a day) in pages of 4 ms."""
    buckets = Buckets(grid)
    async for rows in _pages(lane, grid.first_ms, grid.end_ms - 1):
        for entry_id, fields in rows:
            buckets.add(id_ms(entry_id), _readable(fields, wanted))
    return buckets


async def _pages(lane: Lane, since_ms: int, until_ms: int) -> AsyncIterator[Sequence[Any]]:
    start: str | int = since_ms
    while True:
        rows = await lane.command("XRANGE", lane.keys.metrics, start, until_ms, "COUNT", _PAGE_READ)
        yield rows
        if len(rows) < _PAGE_READ:
            return
        start = f"({rows[-1][0]}"


def _readable(fields: Mapping[str, str], wanted: Wanted) -> Iterator[tuple[str, float]]:
    """What somebody else wrote among the samples, and is no number, must not hide the rest."""
    for name, text in fields.items():
        if name != "at" and wanted(name):
            try:
                value = float(text)
            except ValueError:
                continue
            if isfinite(value):
                yield name, value


async def newest_sample(lane: Lane) -> Sample | None:
    rows = await lane.command("XREVRANGE", lane.keys.metrics, "+", "-", "COUNT", 1)
    return _sample(*rows[0]) if rows else None


async def latest(lane: Lane, limit: int) -> list[Sample]:
    """The newest samples, oldest first."""
    rows = await lane.command("XREVRANGE", lane.keys.metrics, "+", "-", "COUNT", limit)
    return [_sample(entry_id, fields) for entry_id, fields in reversed(rows)]


def _sample(entry_id: str, fields: Mapping[str, str]) -> Sample:
    at = fields.get("at", "")
    return Sample(int(at) if at.isdecimal() else id_ms(entry_id), dict(_readable(fields, lambda _name: True)))


async def thin(lane: Lane, after: str = "-") -> tuple[int, str]:
    """Look at one page of samples behind `after` and remove what is due; how many went, and where to go on
    ("-" when the end of what may be thinned is reached)."""
    key, now = lane.keys.metrics, await lane.now_ms()
    await lane.command("XTRIM", key, "MINID", "~", now - KEPT // timedelta(milliseconds=1))
    youngest = now - STEPS[0][0] // timedelta(milliseconds=1)
    ids = [row[0] for row in await lane.command("XRANGE", key, after, youngest, "COUNT", _PAGE)]
    surplus = _surplus(ids, now)
    if surplus:
        await lane.command("XDEL", key, *surplus)
    return len(surplus), f"({ids[-1]}" if len(ids) == _PAGE else "-"


def _surplus(ids: list[str], now_ms: int) -> list[str]:
    """All but the first sample of each step; the page's first stays, it may be its step's first."""
    surplus, last = [], None
    for entry_id in ids:
        at = id_ms(entry_id)
        step = next(
            every // timedelta(milliseconds=1)
            for age, every in reversed(STEPS)
            if now_ms - at >= age // timedelta(milliseconds=1)
        )
        slot = (step, at // step)
        if slot == last:
            surplus.append(entry_id)
        last = slot
    return surplus
