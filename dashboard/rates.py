"""Rates per second as differences of counters over the last few seconds, timed by a monotonic clock."""

from collections import deque
from collections.abc import Mapping
from typing import Final

WINDOW_SECONDS: Final = 5.5  # five readings a second apart, with room for a late one


class Meter:
    """Counters read about once a second; None until two readings of a counter exist, or when it went back."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, Mapping[str, int]]] = deque()

    def add(self, monotonic: float, counters: Mapping[str, int]) -> None:
        # After an outage only what came after it counts: a mean over the gap would be no rate of now.
        while self._readings and monotonic - self._readings[0][0] > WINDOW_SECONDS:
            self._readings.popleft()
        self._readings.append((monotonic, counters))

    def per_second(self, counter: str) -> float | None:
        known = [(at, counters[counter]) for at, counters in self._readings if counter in counters]
        if len(known) < 2:
            return None
        (then, before), (now, after) = known[0], known[-1]
        if now <= then or after < before:
            return None
        return round((after - before) / (now - then), 2)
