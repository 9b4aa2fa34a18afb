"""What was found of an order's history is found once, also where that was all of the log, or not enough."""

import pytest

from dashboard.histories import Histories
from orderstream.streams import events_log, histories, orders_read
from orderstream.streams.codec import StoredOrder
from orderstream.streams.lane import Lane
from orderstream.streams.operating import note
from tests.dashboard.doing import Worker
from tests.orders import foreign_entry, placed_order


async def stored(lane: Lane, order_id: str) -> StoredOrder:
    order = await orders_read.order(lane, order_id)
    assert order is not None
    return order


async def gossip(lane: Lane, count: int = 40) -> None:
    for _ in range(count):
        await lane.client.xadd(lane.keys.events, {"type": "gossip", "order_id": "1-1"})


async def test_for_an_order_without_a_status_the_log_is_looked_through_once(lane: Lane) -> None:
    order = await stored(lane, await foreign_entry(lane, {"x": "y"}))
    kept = Histories()
    first = await kept.of(lane, order)
    assert await kept.of(lane, order) is first
    await note(lane, order.id, "what is this?", actor="user:ann")
    assert (await kept.of(lane, await stored(lane, order.id))).records


async def test_what_was_found_by_looking_further_stays_when_more_happens(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "PAGE", 3)
    monkeypatch.setattr(events_log, "PAGE", 3)
    order_id = await placed_order(lane)
    for text in ("far away", "farther away"):
        await gossip(lane)
        await note(lane, order_id, text, actor="user:ann")
    kept, order = Histories(), await stored(lane, order_id)
    assert "away" not in str(await kept.of(lane, order, pages=2))
    further = await kept.of(lane, order, pages=18)
    assert ("'far away'" in str(further), further.is_whole) == (True, False)
    assert await kept.of(lane, order, pages=2) is further
    await (await Worker(lane, "ann").beat()).take()
    afterwards = await kept.of(lane, await stored(lane, order_id), pages=2)
    assert "'far away'" in str(afterwards)
    assert "order.started" in str(afterwards)
