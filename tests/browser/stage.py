"""Brings orders into a state through the real steps, in the installation that the browser looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

from orderstream.domain.outcomes import Completed, Outcome, Rejected, Retry
from orderstream.streams.connection import connect
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat, retire
from orderstream.streams.operating import requeue
from tests.browser.installation import PREFIX, Installation
from tests.orders import placed_orders

T = TypeVar("T")
LEASE_MS = 600_000
LATER = Retry(timedelta(hours=1), "StockTimeout", "no answer from stock after 4.0 s")
REFUSED = Rejected("OrderRejected", "quantity above what one order may take")


class Stage:
    """Acts in a thread of its own: Playwright's event loop has the test's."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def act(self, deed: Callable[[Lane], Awaitable[T]]) -> T:
        async def run() -> T:
            lane = Lane(connect(self._installation.redis_url), Keys.namespaced(PREFIX))
            try:
                await lane.ensure_group()
                return await deed(lane)
            finally:
                await lane.client.aclose()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(run())).result(30)

    def placed(self, count: int = 1, **given: object) -> list[str]:
        return self.act(lambda lane: placed_orders(lane, count, **given))

    def processing(self, worker: str, count: int = 1, **given: object) -> dict[str, int]:
        """New orders in the hands of a worker that lives: their fences."""

        async def deed(lane: Lane) -> dict[str, int]:
            ids = set(await placed_orders(lane, count, **given))
            await beat(lane, worker, lease_ms=LEASE_MS, sweep_every_ms=10**9, fields={"host": "kobe"})
            deliveries = Deliveries(lane, worker)
            fences: dict[str, int] = {}
            while not ids <= fences.keys():
                read = [each.order_id for each in await deliveries.read(lane.client, 500, None)]
                begun = await deliveries.begin(read, lease_ms=LEASE_MS, patience_ms=LEASE_MS, attempts=5)
                fences |= {each.order_id: each.fence for each in begun if isinstance(each, Begun)}
            # What other tests left waiting is done on the way.
            await _finish(deliveries, {i: f for i, f in fences.items() if i not in ids}, Completed())
            return {order_id: fences[order_id] for order_id in ids}

        return self.act(deed)

    def alive(self, worker: str, lease_ms: int = LEASE_MS, **fields: object) -> None:
        """A worker beats once, and is believed alive for so long."""
        self.act(lambda lane: beat(lane, worker, lease_ms=lease_ms, sweep_every_ms=10**9, fields=fields))

    def ended(self, worker: str, fences: dict[str, int], outcome: Outcome) -> list[str]:
        """What the worker says of them; then it is gone."""

        async def deed(lane: Lane) -> list[str]:
            await _finish(Deliveries(lane, worker), fences, outcome)
            await retire(lane, worker)
            return sorted(fences)

        return self.act(deed)

    def failed(self, count: int = 1, outcome: Outcome = REFUSED, **given: object) -> list[str]:
        return self.ended("failing", self.processing("failing", count, **given), outcome)

    def failed_again(self, ids: list[str], outcome: Outcome = REFUSED) -> None:
        """Dead letters that somebody sent back, and that failed once more: in their second round."""

        async def deed(lane: Lane) -> None:
            await requeue(lane, ids, actor="user:test")
            await beat(lane, "again", lease_ms=LEASE_MS, sweep_every_ms=10**9, fields={})
            deliveries = Deliveries(lane, "again")
            taken = await deliveries.promote(len(ids), lease_ms=LEASE_MS, suspects=1)
            begun = await deliveries.begin(taken, lease_ms=LEASE_MS, patience_ms=LEASE_MS, attempts=5)
            fences = {each.order_id: each.fence for each in begun if isinstance(each, Begun)}
            assert sorted(fences) == sorted(ids)
            await _finish(deliveries, fences, outcome)
            await retire(lane, "again")

        self.act(deed)


async def _finish(deliveries: Deliveries, fences: dict[str, int], outcome: Outcome) -> None:
    reports = [Report(order_id, fence, outcome, 1_400) for order_id, fence in fences.items()]
    for start in range(0, len(reports), 500):
        await deliveries.finish(reports[start : start + 500], attempts=5)
