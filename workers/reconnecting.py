"""What a worker does while Redis is away: waits longer each time, and says so once at each edge."""

import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import structlog

log = structlog.get_logger(__name__)

FIRST_WAIT: Final = 0.05
LONGEST_WAIT: Final = 2.0  # well below a lease, so that after an outage a worker is back before it is judged


def waits() -> Iterator[float]:
    """Seconds to wait before each further try: doubling, with full jitter lest all workers come at once."""
    ceiling = FIRST_WAIT
    while True:
        yield random.uniform(ceiling / 2, ceiling)  # noqa: S311 no secret
        ceiling = min(ceiling * 2, LONGEST_WAIT)


class Connectedness:
    """Says "lost" when the first of a worker's connections fails and "regained" when the last is back."""

    def __init__(self) -> None:
        self._away: set[str] = set()
        self._since = 0.0
        self._lock = threading.Lock()  # the beat reports from a thread of its own

    @property
    def is_lost(self) -> bool:
        return bool(self._away)

    def lost(self, party: str, why: str) -> None:
        with self._lock:
            if not self._away:
                self._since = time.monotonic()
                log.warning("redis lost; keeping what is in hand", why=why)
            self._away.add(party)

    def regained(self, party: str) -> None:
        if party not in self._away:  # nearly always, and without the lock
            return
        with self._lock:
            self._away.discard(party)
            if not self._away:
                away = timedelta(seconds=round(time.monotonic() - self._since, 1))
                log.info("redis regained", away_seconds=away.total_seconds())
