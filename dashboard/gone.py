"""Workers that are gone: those that the keeper's samples of the last day name, and nobody knows any more."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dashboard import numerals
from dashboard.entry_lines import readable
from orderstream.streams.lane import Lane
from orderstream.streams.throughputs import Throughputs, throughputs

_MS: Final = timedelta(milliseconds=1)
DAY: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=5)
SHOWN: Final = 100
# A day changes little within a minute, and reading it takes 288 looks at the samples.
_AGE_MAX_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Gone:
    """First and last seen, within one step of the samples; the throughput as long as it was there."""

    name: str
    first_ms: int
    last_ms: int
    rate: str


_kept: dict[str, tuple[float, Throughputs]] = {}


async def gone(lane: Lane, present: Collection[str], now_ms: int) -> Sequence[Gone]:
    """The last seen first."""
    day = await _day(lane, now_ms)
    found = [_gone(name, column, day) for name, column in day.by_worker.items() if name not in present]
    return sorted(found, key=lambda each: (-each.last_ms, each.name))[:SHOWN]


async def _day(lane: Lane, now_ms: int) -> Throughputs:
    at, kept = _kept.get(lane.keys.prefix, (0.0, None))
    if kept is None or time.monotonic() - at > _AGE_MAX_SECONDS:
        kept = await throughputs(lane, now_ms - DAY // _MS, STEP // _MS, DAY // STEP + 1)
        _kept.clear()
        _kept[lane.keys.prefix] = (time.monotonic(), kept)
    return kept


def _gone(name: str, column: Sequence[float | None], day: Throughputs) -> Gone:
    seen = [number for number, value in enumerate(column) if value is not None]
    known = [value for value in column if value is not None]
    return Gone(
        name=readable(name),
        first_ms=day.since_ms + seen[0] * day.step_ms,
        last_ms=day.since_ms + seen[-1] * day.step_ms,
        rate=numerals.rate(sum(known) / len(known)),
    )
