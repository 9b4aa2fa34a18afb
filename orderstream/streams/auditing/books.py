"""Keeps the books of what the log of events says: open orders and all totals, within a bound of memory."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from orderstream.domain.events import Event, EventType
from orderstream.domain.histories import History, Violation
from orderstream.domain.status import FINAL, OrderStatus
from orderstream.streams.auditing.measures import Measures
from orderstream.streams.auditing.told import Told
from orderstream.streams.events_log import counter_of

STATUSES: Final = tuple(status.value for status in OrderStatus)
COUNTERS: Final = {kind: counter_of(kind) for kind in EventType}
SWEPT: Final = "n_swept"


@dataclass(slots=True)
class Books:
    """What was taken down so far. Not held: orders that ended and were compared, and the oldest where too
    many are open; of such a one, once something happens to it, `anew` says that it must be read again."""

    open_most: int
    attempts_most: int
    events: int = 0
    orders: int = 0
    evicted: int = 0
    # Events that are missing, surplus or of a damaged history: by so much at most the totals may differ.
    doubtful: int = 0
    gauges: Counter[str] = field(default_factory=Counter)
    counters: Counter[str] = field(default_factory=Counter)
    measures: Measures = field(default_factory=Measures)
    open: dict[str, History] = field(default_factory=dict)
    ended: dict[str, History] = field(default_factory=dict)
    anew: dict[str, None] = field(default_factory=dict)
    # Open orders to which something happened since they were compared.
    touched: dict[str, None] = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    def take(self, event: Event) -> Violation | None:
        """The next event of the log; what it breaks. ValueError when a number in it is none."""
        self._count(event)
        history = self.open.get(event.order_id)
        self.measures.take(event, history)
        if history is None:
            self.told.add(event.order_id)
            if event.version != 1:
                self.anew[event.order_id] = None
                return None
            history = self._opened(event.order_id)
        self.touched[event.order_id] = None
        return self.taken(history, event)

    def taken(self, history: History, event: Event) -> Violation | None:
        before = history.version
        was_damaged = history.is_damaged
        try:
            broken = history.take(event, self.attempts_most)
        finally:
            if history.is_damaged:
                gap = 0 if was_damaged else abs(event.version - before - 1)
                self.doubtful += 1 + gap
        if history.status in FINAL:
            self.ended[history.order_id] = history
        return broken

    def hold(self, history: History) -> None:
        """One that was read anew."""
        self.open[history.order_id] = history
        self.touched[history.order_id] = None

    def drop(self, order_id: str) -> None:
        self.open.pop(order_id, None)
        self.touched.pop(order_id, None)
        self.ended.pop(order_id, None)

    def drift(self, totals: Mapping[str, int]) -> dict[str, int]:
        """By how much each stored total is off: what is stored, less what the events say."""
        names = [*STATUSES, *COUNTERS.values(), SWEPT]
        off = {name: totals.get(name, 0) - self._folded(name) for name in names}
        return {name: by for name, by in off.items() if by} | self.measures.drift(totals)

    def _folded(self, name: str) -> int:
        return self.counters[name] if name.startswith("n_") else self.gauges[name]

    def _count(self, event: Event) -> None:
        self.events += 1
        self.counters[COUNTERS[event.type]] += 1
        if "swept" in event.fields:
            self.counters[SWEPT] += 1
        if event.source:
            self.gauges[event.source] -= 1
        self.gauges[event.target] += 1

    def _opened(self, order_id: str) -> History:
        self.orders += 1
        if len(self.open) >= self.open_most:
            oldest = next(iter(self.open))
            self.drop(oldest)
            self.anew[oldest] = None
            self.evicted += 1
        history = self.open[order_id] = History(order_id)
        return history
