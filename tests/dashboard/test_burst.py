"""However fast orders flow, the work stays bounded and the board is right afterwards."""

from orderstream.streams.lane import Lane
from tests.dashboard.conftest import Watch
from tests.orders import placed_orders
from tests.waiting import wait_until

ORDERS = 20_000
BATCH = 500


async def test_a_burst_is_shown_by_its_newest_and_counted_to_the_last(lane: Lane, watch: Watch) -> None:
    watcher = await watch()
    ids: list[str] = []
    for _ in range(ORDERS // BATCH):
        ids = await placed_orders(lane, BATCH)
    await watcher.sees(lambda view: view.status_of(ids[-1]) is not None, 5)
    await wait_until(lambda: watcher.view.figures["totals"]["placed"] == ORDERS, 3)
    assert [row["id"] for row in watcher.view.orders] == ids[:-51:-1]
    frames = [m for m in watcher.messages if m["type"] == "frame"]
    assert all(len(frame["orders"]) <= 50 for frame in frames)
    shown = {row["id"] for frame in frames for row in frame["orders"]}
    left_out = sum(frame["left_out"] for frame in frames)
    # Rows that are read whole may run a little ahead of the cursor at which they are counted.
    assert abs(len(shown) + left_out - ORDERS) <= BATCH
    assert max(map(len, watcher.texts)) < 40_000
