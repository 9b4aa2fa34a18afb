"""What this worker has in hand: each order from delivery to its recorded outcome, and the free slots."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Outcome
from workers.work import Work

GATHER_SECONDS: Final = 0.005
"""How long a nearly full worker waits for more free slots, lest it read orders one by one under load."""


class Cut(StrEnum):
    """Who ended an attempt before it ended itself."""

    TIME_LIMIT = "time limit"
    CANCEL_ASKED = "cancel asked"


@dataclass(slots=True, eq=False)
class Held:
    """One order in hand. No fence: delivered, not begun. A task: its attempt, running since `began`."""

    order_id: str
    fence: int | None = None
    is_reported: bool = False
    cut: Cut | None = None
    began: float = 0.0
    task: "asyncio.Task[Outcome] | None" = None
    order: Order | None = None
    work: Work | None = None
    cut_at: float = 0.0
    is_abandoned: bool = False

    def cut_short(self, why: Cut) -> None:
        """Cancel its attempt, once for each reason: a handler may need its time to clean up.

        One that went on after its cancel was asked still has its time limit."""
        if self.task is not None and self.cut not in {why, Cut.TIME_LIMIT}:
            self.cut, self.cut_at = why, time.monotonic()
            self.task.cancel()


class Hand:
    """Only the event loop's thread touches it; `capacity` changes at an operator's request."""

    def __init__(self, capacity: int, stuck: Callable[[], int] = lambda: 0) -> None:
        self.capacity = capacity
        self.running = 0
        self.hung = 0
        """Of those running, the abandoned ones: they swallowed their cancellation and keep their slot."""
        self._stuck: Final = stuck  # slots that hung plain functions keep beyond their attempt
        self._orders: dict[str, Held] = {}
        self._waiters: dict[asyncio.Future[None], Callable[[], bool]] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._orders

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._orders.values()))

    def find(self, order_id: str) -> Held | None:
        return self._orders.get(order_id)

    @property
    def free(self) -> int:
        """Slots for new orders. What waits to be recorded holds none, but is bounded: Redis may be away."""
        return max(
            0, min(self.capacity - self.running - self._stuck(), 2 * self.capacity - len(self._orders))
        )

    def note(self, order_ids: Iterable[str]) -> None:
        """Remember them before asking for them, so that no second way to the same order is taken."""
        for order_id in order_ids:
            self._orders[order_id] = Held(order_id)

    def forget(self, order_ids: Iterable[str]) -> None:
        for order_id in order_ids:
            self._orders.pop(order_id, None)
        self.changed()

    def changed(self) -> None:
        """Wake those whose wait is over."""
        if self._waiters:
            for future, is_over in self._waiters.items():
                if not future.done() and is_over():
                    future.set_result(None)

    @property
    def has_room(self) -> bool:
        """Enough for a read to be worth its round trips."""
        return self.free >= max(1, self.capacity // 4)

    async def room(self) -> None:
        """Wait for a free slot; when few are free, a few milliseconds more for a quarter of them."""
        await self.until(lambda: self.free > 0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await self.until(lambda: self.has_room)

    async def empty(self) -> None:
        """Wait until nothing is in hand."""
        await self.until(lambda: not self._orders)

    async def until(self, is_over: Callable[[], bool]) -> None:
        """Wait until `is_over`, asked at each change."""
        if is_over():
            return
        future = asyncio.get_running_loop().create_future()
        self._waiters[future] = is_over
        try:
            await future
        finally:
            del self._waiters[future]
