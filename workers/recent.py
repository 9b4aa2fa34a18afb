"""How long the attempts of the last minute took, in a few kilobytes however many there were."""

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from typing import Final

from orderstream.streams.latencies import Latencies

SLICE_SECONDS: Final = 10.0
SLICES: Final = 6
# Ten a decade from 1 ms to about 3 hours; those of the totals are rounded to two digits.
BOUNDS: Final = [round(10 ** (step / 10)) for step in range(71)]


class RecentTimes:
    """Filled by the event loop, read by the thread of the beat: that only copies what it finds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._slices: deque[tuple[int, list[int]]] = deque([(-SLICES, [])], maxlen=SLICES)

    def add(self, took_ms: int) -> None:
        """Called for each order: it takes about a microsecond."""
        number = int(self._monotonic() // SLICE_SECONDS)
        if self._slices[-1][0] != number:
            self._slices.append((number, [0] * len(BOUNDS)))
        self._slices[-1][1][min(bisect_left(BOUNDS, took_ms), len(BOUNDS) - 1)] += 1

    def percentile_ms(self, share: float) -> int | None:
        """None when nothing ended within the minute."""
        oldest = int(self._monotonic() // SLICE_SECONDS) - SLICES
        recent = [counts for number, counts in list(self._slices) if number > oldest]
        counted = zip(BOUNDS, map(sum, zip(*recent, strict=True)), strict=False)
        seconds = Latencies({bound: count for bound, count in counted if count}).percentile(share)
        return None if seconds is None else round(seconds * 1000)
