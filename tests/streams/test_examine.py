"""`examine`: all that is true of an order at the moment of one event."""

from orderstream.streams.auditing.sights import Sight, examine
from tests.orders import placed_order
from tests.streams.scene import COMPLETED, LEASE_MS, REJECTED, Scene, retry_in


async def seen(scene: Scene, order_id: str) -> Sight:
    [sight] = (await examine(scene.lane, [order_id])).sights
    return sight


async def test_an_order_is_seen_from_all_sides(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(4)
    fences = await ann.take(ids[:3])
    await ann.finish({ids[0]: fences[ids[0]]}, REJECTED)
    await ann.finish({ids[1]: fences[ids[1]]}, retry_in(500))
    look = await examine(scene.lane, ids)
    assert [each.hash for each in look.sights] == [await scene.hash(order_id) for order_id in ids]
    assert [each.version for each in look.sights] == [3, 3, 2, 1]
    assert [each.holder for each in look.sights] == ["", "@waiting", "ann", "ann"]
    assert [each.is_due for each in look.sights] == [False, True, False, False]
    assert [each.is_dead_letter for each in look.sights] == [True, False, False, False]
    assert all(each.has_entry for each in look.sights)
    alive_until = scene.clock.now_ms + LEASE_MS
    assert [each.holder_alive_until_ms for each in look.sights] == [0, 0, alive_until, alive_until]
    assert all(0 <= each.idle_ms < 60_000 for each in look.sights)


async def test_the_moment_is_told_with_the_look(scene: Scene) -> None:
    order_id = await placed_order(scene.lane)
    await scene.lane.command("XGROUP", "CREATE", scene.lane.keys.stream, "another", "5")
    look = await examine(scene.lane, [order_id])
    newest = await scene.lane.command("XREVRANGE", scene.lane.keys.events, "+", "-", "COUNT", 1)
    assert (look.cursor, look.now_ms) == (newest[0][0], scene.clock.now_ms)
    assert (look.last_delivered, look.is_delivered(order_id)) == ("0-0", False)
    assert (look.living, look.is_paused, look.calm_until_ms > look.now_ms) == (2, False, False)
    assert look.is_swept
    await scene.workers[0].read()
    await scene.control(paused=1, calm_until=scene.clock.now_ms + 5)
    look = await examine(scene.lane, [order_id])
    assert (look.last_delivered, look.is_delivered(order_id)) == (order_id, True)
    assert (look.is_paused, look.calm_until_ms) == (True, scene.clock.now_ms + 5)
    scene.clock.advance(2 * LEASE_MS)
    assert (await examine(scene.lane, [order_id])).living == 0


async def test_where_nothing_is_it_says_so(scene: Scene) -> None:
    sight = await seen(scene, "5-5")
    assert sight == Sight("5-5", {}, False, "", 0, 0, False, False)
    look = await examine(scene.lane, [])
    assert (look.cursor, look.sights) == ("0-0", [])


async def test_what_is_no_id_and_what_is_no_hash_stop_no_other(scene: Scene) -> None:
    order_id = await placed_order(scene.lane)
    await scene.lane.command("SET", scene.lane.keys.status("7-7"), "x")
    look = await examine(scene.lane, ["no id", "7-7", order_id])
    assert [each.hash for each in look.sights] == [{}, None, await scene.hash(order_id)]
    await scene.lane.command("DEL", scene.lane.keys.status("7-7"))


async def test_without_stream_or_group_nobody_holds_anything(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), COMPLETED)
    await scene.lose_group()
    look = await examine(scene.lane, ids)
    assert (look.last_delivered, look.sights[0].holder) == ("", "")
    assert not look.is_delivered(ids[0])
    await scene.lane.command("RENAME", scene.lane.keys.stream, scene.lane.keys.metrics)
    look = await examine(scene.lane, ids)
    assert (look.last_delivered, look.sights[0].has_entry) == ("", False)
    await scene.lane.command("RENAME", scene.lane.keys.metrics, scene.lane.keys.stream)
