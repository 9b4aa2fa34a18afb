"""What is broken shows under a fault alone: without one, steps of several commands come to the same end."""

import pytest
from redis.asyncio import Redis

from orderstream.domain.events import fold
from orderstream.domain.outcomes import Completed
from orderstream.streams import lane as lanes
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.events_log import events_of
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.sweeping import sweep
from tests.chaos.teeth.patches import PATCHES
from tests.chaos.teeth.seams import Seams
from tests.orders import placed_order


async def begun(lane: Lane, worker: Deliveries) -> Begun:
    order_id = await placed_order(lane)
    await worker.read(lane.client, 1, None)
    (beginning,) = await worker.begin([order_id], lease_ms=5_000, patience_ms=8_000, attempts=5)
    assert isinstance(beginning, Begun)
    return beginning


@pytest.mark.parametrize("name", ["finish in separate commands", "events beside the script"])
async def test_a_completion_in_several_steps_is_whole_where_nothing_comes_between(
    name: str, client: Redis, keys: Keys
) -> None:
    with Seams() as seams:
        PATCHES[name].apply(seams, "worker")
        lane = Lane(client, keys)
        await lane.ensure_group()
        worker = Deliveries(lane, "w-1")
        order = await begun(lane, worker)
        report = Report(order.order_id, order.fence, Completed(), 7)
        for code in ("recorded", "again"):
            assert [v.code for v in await worker.finish([report], attempts=5)] == [code]
        late = report._replace(fence=order.fence - 1)
        assert [v.code for v in await worker.finish([late], attempts=5)] == ["stale"]
    events = await events_of(lane, order.order_id)
    assert [str(event.type) for event in events] == ["order.placed", "order.started", "order.completed"]
    assert fold(events) == await client.hgetall(keys.status(order.order_id))
    totals = await client.hgetall(keys.totals)
    assert (totals["processing"], totals["completed"], totals["n_completed"]) == ("0", "1", "1")
    assert (await client.xpending(keys.stream, lane.group))["pending"] == 0


async def test_an_unfenced_takeover_hands_on_the_fence_of_the_lost_worker(client: Redis, keys: Keys) -> None:
    with Seams() as seams:
        PATCHES["an unfenced takeover"].apply(seams, "worker")
        lane = Lane(client, keys)
        assert lane.scripts is lanes.SCRIPTS
        await lane.ensure_group()
        first, second = Deliveries(lane, "w-1"), Deliveries(lane, "w-2")
        order = await begun(lane, first)
        await client.zrem(keys.workers, "w-1")
        terms = {"bound_ms": 5_000, "attempts": 5, "backoff_ms": 0}
        assert await sweep(lane, [order.order_id], actor="worker:w-2", **terms) == ["swept"]
        assert await second.promote(1, lease_ms=5_000, suspects=0) == [order.order_id]
        (again,) = await second.begin([order.order_id], lease_ms=5_000, patience_ms=8_000, attempts=5)
    assert isinstance(again, Begun)
    assert (again.fence, again.attempt) == (order.fence, 2)
