"""`restore`: a status that was lost comes back from the events, and never over one that is there."""

from dataclasses import replace

from orderstream.streams.events_log import events_of
from orderstream.streams.repairs import restore_or_adopt
from tests.orders import draft, foreign_entry, placed_orders
from tests.streams.scene import Scene, retry_in


async def test_a_lost_status_is_folded_from_its_events(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await ann.finish({ids[0]: fences[ids[0]]}, retry_in(10))
    kept = [await scene.hash(order_id) for order_id in ids]
    before = await scene.totals()
    for order_id in ids:
        await scene.lose_hash(order_id)
    done = await restore_or_adopt(scene.lane, [*ids, *ids], actor="worker:ann")
    assert done == dict.fromkeys(ids, "restored")
    assert [await scene.hash(order_id) for order_id in ids] == kept
    assert await scene.totals() == before


async def test_a_status_that_is_there_is_not_touched(scene: Scene) -> None:
    ids = await scene.placed(1)
    kept = await scene.hash(ids[0])
    code = await scene.lane.run("restore", ids=ids, args=["status", "completed"])
    assert code == "exists"
    assert await scene.hash(ids[0]) == kept


async def test_an_order_whose_id_lies_in_the_future_is_restored_not_adopted_anew(scene: Scene) -> None:
    """I6: its events are older than its id, and so are those of what is placed behind it."""
    lane = replace(scene.lane, clock=None)
    ahead = await foreign_entry(lane, draft().wire(), f"{await lane.now_ms() + 3_600_000}-0")
    assert await restore_or_adopt(lane, [ahead], actor="worker:ann") == {ahead: "adopted"}
    [behind] = await placed_orders(lane, 1)
    for order_id in (ahead, behind):
        await scene.lose_hash(order_id)
        assert await restore_or_adopt(lane, [order_id], actor="worker:ann") == {order_id: "restored"}
        assert len(await events_of(lane, order_id)) == 1


async def test_events_that_cannot_be_folded_leave_their_order_and_stop_no_other(scene: Scene) -> None:
    ids = await scene.placed(2)
    hashes = [await scene.hash(order_id) for order_id in ids]
    event = {"type": "order.retried", "order_id": ids[0], "version": 2, "from": "pending", "to": "retrying"}
    garbage = await scene.lane.client.xadd(
        scene.lane.keys.events, event | {"at": 5, "actor": "user:x", "next_attempt_at": "soon"}
    )
    for order_id in ids:
        await scene.lose_hash(order_id)
    done = await restore_or_adopt(scene.lane, ids, actor="worker:ann")
    assert done == {ids[0]: "unreadable", ids[1]: "restored"}
    await scene.lane.client.xdel(scene.lane.keys.events, garbage)
    await scene.lane.client.hset(scene.lane.keys.status(ids[0]), mapping=hashes[0])
