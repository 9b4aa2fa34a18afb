"""Workers that are gone: those whom samples, losses or requests of the last day name, and nobody knows."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from dashboard import numerals
from dashboard.entry_lines import readable
from dashboard.worker_ends import Ends, ends_of
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
    """First and last seen, within one step of the samples; the throughput as long as it was there, and how it
    ended. `first_ms` None, `rate` empty: it was there for so short a time that no sample names it."""

    name: str
    first_ms: int | None
    last_ms: int
    rate: str
    end: str


_kept: dict[str, tuple[float, Throughputs]] = {}


async def gone(lane: Lane, present: Collection[str], now_ms: int) -> Sequence[Gone]:
    """The last seen first."""
    day = await _day(lane, now_ms)
    ends = await ends_of(lane, now_ms - DAY // _MS, set(day.by_worker) - set(present))
    seen = {name: _seen(name, column, day, ends) for name, column in day.by_worker.items()}
    unseen = {name: _unseen(name, at_ms, ends) for name, at_ms in ends.known_ms.items()}
    found = [each for name, each in (unseen | seen).items() if name not in present]
    return sorted(found, key=lambda each: (-each.last_ms, each.name))[:SHOWN]


async def _day(lane: Lane, now_ms: int) -> Throughputs:
    at, kept = _kept.get(lane.keys.prefix, (0.0, None))
    if kept is None or time.monotonic() - at > _AGE_MAX_SECONDS:
        kept = await throughputs(lane, now_ms - DAY // _MS, STEP // _MS, DAY // STEP + 1)
        _kept.clear()
        _kept[lane.keys.prefix] = (time.monotonic(), kept)
    return kept


def _seen(name: str, column: Sequence[float | None], day: Throughputs, ends: Ends) -> Gone:
    steps = [number for number, value in enumerate(column) if value is not None]
    known = [value for value in column if value is not None]
    last_ms = day.since_ms + steps[-1] * day.step_ms
    return Gone(
        name=readable(name),
        first_ms=day.since_ms + steps[0] * day.step_ms,
        last_ms=max(last_ms, ends.known_ms.get(name, 0)),
        rate=numerals.rate(sum(known) / len(known)),
        end=ends.words_of(name, last_ms),
    )


def _unseen(name: str, at_ms: int, ends: Ends) -> Gone:
    return Gone(readable(name), None, at_ms, "", ends.words_of(name, at_ms))
