"""`repair`: the two indexes say of orders what their statuses say, and nothing of what is no order."""

from orderstream.domain.events import ms_of
from orderstream.streams.events_log import last_cursor
from tests.orders import foreign_entry
from tests.streams.scene import COMPLETED, REJECTED, Scene, retry_in


async def repair(scene: Scene, *ids: str) -> list[str]:
    codes: list[str] = await scene.lane.run("repair", actor="command:audit_orders", ids=ids)
    return codes


async def test_a_due_time_comes_back(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    fences = await ann.take(ids[:2])
    await ann.finish({ids[0]: fences[ids[0]]}, retry_in(500))
    await ann.deliveries.release([(ids[1], fences[ids[1]])])
    due = await scene.due(ids[0])
    await scene.lane.command("DEL", scene.lane.keys.retry)
    scene.clock.advance(100)
    assert await repair(scene, *ids) == ["repaired", "repaired", "fine"]
    assert [await scene.due(order_id) for order_id in ids] == [due, scene.clock.now_ms, None]
    assert await repair(scene, *ids) == ["fine"] * 3


async def test_a_due_time_that_is_there_stays(scene: Scene) -> None:
    """promote moves it by a lease: the time of the status would hand the order out at once again."""
    ann, bob = scene.workers
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(0))
    await bob.promote()
    due = await scene.due(ids[0])
    assert await repair(scene, *ids) == ["fine"]
    assert await scene.due(ids[0]) == due


async def test_a_dead_letter_comes_back_with_its_time(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.finish(await ann.take(ids), REJECTED)
    failed_at = await scene.failed_at(ids[0])
    assert failed_at == ms_of((await scene.hash(ids[0]))["processed_at"])
    await scene.pass_time(100)
    await scene.lane.command("ZREM", scene.lane.keys.failed, ids[0])
    assert await repair(scene, *ids) == ["repaired", "fine"]
    assert [await scene.failed_at(order_id) for order_id in ids] == [failed_at, failed_at]


async def test_what_has_no_place_in_an_index_leaves_it(scene: Scene) -> None:
    ann = scene.workers[0]
    processing, completed, failed, waiting = ids = await scene.placed(4)
    fences = await ann.take(ids)
    await ann.finish({completed: fences[completed]}, COMPLETED)
    await ann.finish({failed: fences[failed]}, REJECTED)
    await ann.finish({waiting: fences[waiting]}, retry_in(500))
    for order_id in (processing, completed, failed):
        await scene.lane.command("ZADD", scene.lane.keys.retry, 5, order_id)
    for order_id in (processing, completed, waiting):
        await scene.lane.command("ZADD", scene.lane.keys.failed, 5, order_id)
    totals, cursor = await scene.totals(), await last_cursor(scene.lane)
    assert await repair(scene, *ids) == ["repaired"] * 4
    assert [await scene.due(i) is None for i in ids] == [True, True, True, False]
    assert [await scene.failed_at(i) is None for i in ids] == [True, True, False, True]
    # No order has changed by it.
    assert (await scene.totals(), await last_cursor(scene.lane)) == (totals, cursor)


async def test_what_is_no_order_leaves_both_and_an_order_without_a_status_does_not(scene: Scene) -> None:
    entry = await foreign_entry(scene.lane, {"rubbish": "x"})
    half = entry.partition("-")[0]  # a range takes it for all of its millisecond
    for member in ("no id", "5-5", half, entry):
        await scene.lane.command("ZADD", scene.lane.keys.retry, 5, member)
        await scene.lane.command("ZADD", scene.lane.keys.failed, 5, member)
    assert await repair(scene, "no id", "5-5", half) == ["repaired"] * 3
    assert await repair(scene, entry, entry) == ["missing", "twice"]
    assert await scene.lane.command("ZRANGE", scene.lane.keys.retry, 0, -1) == [entry]
    assert await scene.lane.command("ZRANGE", scene.lane.keys.failed, 0, -1) == [entry]
    await scene.lane.command("DEL", scene.lane.keys.retry, scene.lane.keys.failed)


async def test_a_broken_status_is_left_to_a_person(scene: Scene) -> None:
    await scene.lane.command("SET", scene.lane.keys.status("7-7"), "x")
    await scene.lane.command("ZADD", scene.lane.keys.retry, 5, "7-7")
    assert await repair(scene, "7-7") == ["broken"]
    assert await scene.due("7-7") == 5
    await scene.lane.command("DEL", scene.lane.keys.status("7-7"), scene.lane.keys.retry)
