"""`find_events`, and the reading of the log on top of it."""

import pytest

from orderstream.streams import events_log
from orderstream.streams.connection import connect
from orderstream.streams.lane import Lane
from tests.streams.scene import COMPLETED, Scene


async def test_one_orders_events_come_in_the_order_of_their_versions(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    await ann.finish(await ann.take(ids), COMPLETED)
    events = await events_log.events_of(scene.lane, ids[1])
    assert [(event.version, event.type) for event in events] == [
        (1, "order.placed"),
        (2, "order.started"),
        (3, "order.completed"),
    ]
    assert {event.order_id for event in events} == {ids[1]}
    assert await events_log.events_of(scene.lane, "5-5") == []


async def test_the_search_goes_on_over_all_pages(scene: Scene) -> None:
    ids = await scene.placed(7)
    found, start = [], "0-0"
    pages = 0
    while start:
        rows, start = await scene.lane.run("find_events", args=[start, 3, ids[0], ids[6]])
        found += [fields[3] for _, fields in rows]
        pages += 1
    assert found == [ids[0], ids[6]]
    assert pages == 3


async def test_it_ends_at_the_version_that_the_status_has(scene: Scene) -> None:
    ids = await scene.placed(1)
    found = await events_log.events_of_many(scene.lane, ids, until_version=1)
    assert [event.version for event in found[ids[0]]] == [1]
    assert await events_log.events_of_many(scene.lane, []) == {}


async def test_a_reader_hears_of_events_that_come_later(scene: Scene, redis_url: str) -> None:
    cursor = await events_log.last_cursor(scene.lane)
    tail = Lane(connect(redis_url, blocking=True), scene.lane.keys)
    assert await events_log.read_events(tail, cursor, 10, block_ms=1) == []
    [order_id] = await scene.placed(1)
    [event] = await events_log.read_events(tail, cursor, 10, block_ms=1_000)
    assert (event.type, event.order_id) == ("order.placed", order_id)
    await tail.client.aclose()


async def test_a_cursor_behind_the_trimmed_part_is_noticed(scene: Scene) -> None:
    await scene.placed(3)
    events = await events_log.read_events(scene.lane, "0-0", 10)
    assert not await events_log.is_trimmed(scene.lane, "0-0")
    kept = await scene.lane.command("XRANGE", scene.lane.keys.events, "-", "+")
    await scene.lane.command("XTRIM", scene.lane.keys.events, "MINID", events[1].id)
    assert await events_log.is_trimmed(scene.lane, "0-0")
    assert not await events_log.is_trimmed(scene.lane, events[1].id)
    await scene.lane.command("DEL", scene.lane.keys.events)
    for event_id, fields in kept:
        flat = [part for item in fields.items() for part in item]
        await scene.lane.command("XADD", scene.lane.keys.events, event_id, *flat)


async def test_a_cursor_beyond_the_end_is_noticed(scene: Scene) -> None:
    assert await events_log.last_cursor(scene.lane) == "0-0"
    assert not await events_log.is_beyond_end(scene.lane, "0-0")
    assert not await events_log.is_trimmed(scene.lane, "5-5")
    await scene.placed(1)
    last = await events_log.last_cursor(scene.lane)
    assert not await events_log.is_beyond_end(scene.lane, last)
    assert await events_log.is_beyond_end(scene.lane, f"{int(last.split('-')[0]) + 1}-0")


@pytest.mark.parametrize("block_ms", [None, 1_000])
async def test_what_is_no_event_is_passed_over(scene: Scene, redis_url: str, block_ms: int | None) -> None:
    cursor = await events_log.last_cursor(scene.lane)
    garbage = [
        await scene.lane.client.xadd(scene.lane.keys.events, {"a": "b", "order_id": "5-5"}) for _ in range(5)
    ]
    ids = await scene.placed(1)
    tail = Lane(connect(redis_url, blocking=True), scene.lane.keys)
    # A page that holds nothing else must not hold the reader up.
    [event] = await events_log.read_events(tail, cursor, 2, block_ms=block_ms)
    assert event.order_id == ids[0]
    assert await events_log.read_events(tail, event.id, 2, block_ms=1 if block_ms else None) == []
    await tail.client.aclose()
    await scene.lane.client.xdel(scene.lane.keys.events, *garbage)


async def test_garbage_that_names_an_order_does_not_hide_its_history(scene: Scene) -> None:
    ids = await scene.placed(1)
    garbage = await scene.lane.client.xadd(scene.lane.keys.events, {"type": "gossip", "order_id": ids[0]})
    assert len(await events_log.events_of(scene.lane, ids[0])) == 1
    await scene.lane.client.hset(scene.lane.keys.status(ids[0]), "version", "many")
    assert len(await events_log.events_of(scene.lane, ids[0])) == 1
    await scene.lane.client.hset(scene.lane.keys.status(ids[0]), "version", "1")
    await scene.lane.client.xdel(scene.lane.keys.events, garbage)
