"""Made-up orders for trying things out: as many as asked for, at a rate, the same ones for the same seed."""

import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final

from orderstream.domain.orders import OrderDraft
from orderstream.imports.placer import Placer
from orderstream.imports.progress import Progress
from orderstream.streams.placing import Placement

PRODUCTS: Final = ("Red mug", "Oak shelf", "Paper lantern", "Tin robot", "Wool blanket", "Glass bowl", "Lamp")
TICK_SECONDS: Final = 0.1  # at a rate, what is due is placed together this often


@dataclass(frozen=True, slots=True)
class MadeUpOptions:
    """How many, how fast (orders per second; None: as fast as it goes), orders per call, and which ones."""

    count: int
    batch: int
    rate: float | None = None
    seed: int = 0


async def place_made_up(options: MadeUpOptions, placer: Placer, progress: Progress) -> None:
    """Return when all are placed; `progress` knows how many when it ends before."""
    # Each start is its own scope: two of them are meant to place twice as much.
    scope = f"made-up:{uuid.uuid4().hex}"
    orders = drafts(options.count, options.seed)
    pace = Pace(options.rate)
    placed = 0
    while placed < options.count:
        placer.check_stop()
        due = min(options.batch, pace.due(placed))
        if due < 1:
            await placer.pause(TICK_SECONDS)
            continue
        keys = [str(placed + number) for number in range(due)]
        batch = [
            Placement(draft, key, scope, "made-up")
            for draft, key in zip(islice(orders, due), keys, strict=False)
        ]
        await placer.place(batch)
        await placer.forget(scope, keys)
        placed += len(batch)
        progress.show(placed, placed, 0)


def drafts(count: int, seed: int) -> Iterator[OrderDraft]:
    """The same orders for the same seed."""
    chance = random.Random(seed)  # noqa: S311 made-up orders, no secret
    for _ in range(count):
        product = chance.randrange(len(PRODUCTS))
        yield OrderDraft(
            customer_id=f"C{chance.randrange(1_000):04}",
            product_id=f"P-{product + 1:03}",
            quantity=chance.randrange(1, 13),
            price=Decimal(chance.randrange(50, 10_000)).scaleb(-2),
            note=PRODUCTS[product] if chance.random() < 0.3 else "",
        )


class Pace:
    """How many orders are due. What an outage or a full backlog held up is not made good in one burst."""

    def __init__(self, rate: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._origin = clock()

    def due(self, placed: int) -> int:
        if self._rate is None:
            return 1_000_000_000
        debt = self._clock() - self._origin - placed / self._rate
        most = max(1.0, 2 / self._rate)
        if debt > most:
            self._origin += debt - most
        return int(min(debt, most) * self._rate)
