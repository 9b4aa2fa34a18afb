"""What strangers write into Redis takes nothing of ours off the board."""

import pytest

from orderstream.streams.lane import Lane
from tests.dashboard.conftest import Watch
from tests.orders import foreign_entry, placed_order, placed_orders

GOSSIP = {"type": "gossip"}
NO_ID = {"type": "order.cancelled", "order_id": "x", "version": 2, "from": "pending", "to": "cancelled"}


@pytest.mark.parametrize("event", [GOSSIP, NO_ID | {"at": 5, "actor": "user:x"}], ids=["no event", "no id"])
async def test_garbage_among_the_events_holds_no_board_up(
    lane: Lane, watch: Watch, event: dict[str, str | int]
) -> None:
    watcher = await watch()
    for _ in range(300):  # more than a page of the feed
        await lane.client.xadd(lane.keys.events, event)
    order_id = await placed_order(lane)
    await watcher.sees(lambda view: view.status_of(order_id) == "pending")
    assert watcher.view.figures["redis"] == "ok"


async def test_an_unreadable_status_takes_only_its_own_order_off_the_board(lane: Lane, watch: Watch) -> None:
    kept, broken = await placed_orders(lane, 2)
    await lane.client.hset(lane.keys.status(broken), "status", "shipped")
    watcher = await watch()
    assert watcher.view.status_of(kept) == "pending"
    assert watcher.view.status_of(broken) is None


async def test_an_entry_of_bytes_that_are_no_text_holds_no_board_up(lane: Lane, watch: Watch) -> None:
    await foreign_entry(lane, {"customer_id": b"\xff\xfe", "quantity": "many", "price": "NaN"})
    order_id = await placed_order(lane)
    watcher = await watch()
    assert watcher.view.status_of(order_id) == "pending"
    for text in watcher.texts:
        text.encode()


async def test_an_unreadable_oldest_order_hides_no_figure(lane: Lane, watch: Watch) -> None:
    oldest, _other = await placed_orders(lane, 2)
    await lane.client.delete(lane.keys.status(oldest))
    await lane.client.lpush(lane.keys.status(oldest), "not ours")
    watcher = await watch()
    await watcher.sees(lambda view: (view.figures["oldest"] or {}).get("order_id") == oldest)
    assert watcher.view.figures["oldest"]["status"] == "unreadable"
    assert watcher.view.figures["redis"] == "ok"
