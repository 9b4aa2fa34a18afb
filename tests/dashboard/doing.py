"""A worker that does what a test of the pages says, with the server's clock."""

from datetime import timedelta
from typing import Any

from orderstream.domain.outcomes import Rejected, Retry
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat

REJECTED = Rejected("OrderRejected", "no such product")
LATER = Retry(timedelta(minutes=10), "StockTimeout", "no answer from stock")


class Worker:
    def __init__(self, lane: Lane, name: str) -> None:
        self.deliveries = Deliveries(lane, name)

    async def beat(self, **card: Any) -> "Worker":
        fields = {"host": "kobe", "pid": 5, "concurrency": 8} | card
        lane, name = self.deliveries.lane, self.deliveries.worker
        await beat(lane, name, lease_ms=60_000, sweep_every_ms=10**9, fields=fields)
        return self

    async def take(self, count: int = 1) -> dict[str, int]:
        read = await self.deliveries.read(self.deliveries.lane.client, count, None)
        ids = [each.order_id for each in read]
        begun = await self.deliveries.begin(ids, lease_ms=60_000, patience_ms=60_000, attempts=5)
        return {each.order_id: each.fence for each in begun if isinstance(each, Begun)}

    async def finish(self, fences: dict[str, int], outcome: Any, took_ms: int = 1_400) -> None:
        reports = [Report(order_id, fence, outcome, took_ms) for order_id, fence in fences.items()]
        await self.deliveries.finish(reports, attempts=5)
