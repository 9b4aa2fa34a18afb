"""Who went on with the orders of lost workers, out of the events; bounded, and only for what is shown."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from orderstream.domain.events import Event, EventType

ORDERS_MOST: Final = 10_000
WORKERS_MOST: Final = 100


@dataclass(slots=True)
class Handover:
    """Orders that a sweep put back, and at whom they were begun again."""

    orders: int = 0
    heirs: Counter[str] = field(default_factory=Counter)


class Handovers:
    """By lost worker."""

    def __init__(self) -> None:
        self.by_worker: dict[str, Handover] = {}
        self._on_the_way: dict[str, str] = {}

    def clear(self) -> None:
        self.by_worker.clear()
        self._on_the_way.clear()

    def fold(self, event: Event) -> None:
        lost = event.fields.get("swept")
        if event.type is EventType.RETRIED and lost and event.fields.get("error") == "WorkerLost":
            self.by_worker.setdefault(lost, Handover()).orders += 1
            self._on_the_way[event.order_id] = lost
            self._forget_oldest()
        elif event.order_id in self._on_the_way:
            self._left(self._on_the_way.pop(event.order_id), event)

    def _left(self, lost: str, event: Event) -> None:
        """Begun by another worker, or cancelled meanwhile."""
        if event.type is EventType.STARTED and lost in self.by_worker:
            self.by_worker[lost].heirs[event.actor.removeprefix("worker:")] += 1

    def _forget_oldest(self) -> None:
        if len(self._on_the_way) > ORDERS_MOST:
            del self._on_the_way[next(iter(self._on_the_way))]
        if len(self.by_worker) > WORKERS_MOST:
            del self.by_worker[next(iter(self.by_worker))]
