"""Orders that have got somewhere, to be moved over the API, and what the API tells of their way."""

from typing import Any

from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.lane import Lane
from tests.api.conftest import Caller
from tests.orders import placed_order


async def begun(lane: Lane) -> tuple[str, int]:
    """An order in processing, and its fence."""
    order_id = await placed_order(lane)
    worker = Deliveries(lane, "w-1")
    await worker.read(lane.client, 10, None)
    [answer] = await worker.begin([order_id], lease_ms=60_000, patience_ms=60_000, attempts=5)
    assert isinstance(answer, Begun)
    return order_id, answer.fence


async def ended(lane: Lane, *, dead: bool = False) -> str:
    order_id, fence = await begun(lane)
    outcome = Rejected("NoStock", "none left") if dead else Completed()
    await Deliveries(lane, "w-1").finish([Report(order_id, fence, outcome, 5)], attempts=5)
    return order_id


async def events(caller: Caller, order_id: str) -> list[dict[str, Any]]:
    answer = await caller.get(f"/api/orders/{order_id}/events")
    found: list[dict[str, Any]] = answer.json()["events"]
    return found
