"""The pending list, page by page: oldest first, bounded whatever is asked for."""

import pytest

from orderstream.streams import pending as module
from orderstream.streams.inspection import NoSuchGroup, StreamName
from orderstream.streams.lane import WAITING
from orderstream.streams.pending import PendingPage, held_by, pending
from tests.orders import foreign_entry
from tests.streams.scene import Scene, retry_in


async def page_of(scene: Scene, **given: object) -> PendingPage:
    return await pending(scene.lane, StreamName.ORDERS, scene.lane.group, **given)  # type: ignore[arg-type]


async def test_an_entry_says_whose_it_is_and_what_its_order_is(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    await ann.finish(await ann.take(ids[:1]), retry_in(60_000))
    await ann.begun(ids[1:2])
    first, second, third = (await page_of(scene)).entries
    assert (first.entry_id, first.owner, first.status, first.attempt) == (ids[0], WAITING, "retrying", 1)
    assert (second.owner, second.status, second.worker) == ("ann", "processing", "ann")
    assert second.started_at_ms == scene.clock.now_ms
    assert (third.status, third.attempt, third.worker, third.started_at_ms) == ("pending", None, None, None)
    assert third.deliveries == 1
    assert 0 <= third.idle_ms < 60_000


async def test_pages_together_are_everything_oldest_first(scene: Scene) -> None:
    ids = await scene.placed(7)
    await scene.workers[0].read()
    found, cursor = [], None
    while True:
        page = await page_of(scene, limit=3, cursor=cursor)
        found += [entry.entry_id for entry in page.entries]
        if (cursor := page.next_cursor) is None:
            break
    assert found == ids


async def test_a_full_last_page_says_that_it_is_the_last(scene: Scene) -> None:
    await scene.placed(3)
    await scene.workers[0].read()
    assert (await page_of(scene, limit=3)).next_cursor is None


async def test_one_consumers_alone(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(4)
    await ann.read(1)
    await bob.read(2)
    assert [entry.entry_id for entry in (await page_of(scene, consumer="bob")).entries] == ids[1:3]
    assert (await page_of(scene, consumer="nobody")).entries == []


async def test_only_what_lies_idle_for_long(scene: Scene) -> None:
    ids = await scene.placed(4)
    stream, group = scene.lane.keys.stream, scene.lane.group
    await scene.workers[0].read()
    await scene.lane.command("XCLAIM", stream, group, "ann", 0, *ids[1:3], "IDLE", 100_000, "JUSTID")
    page = await page_of(scene, min_idle_ms=90_000)
    assert [entry.entry_id for entry in page.entries] == ids[1:3]
    assert page.next_cursor is None
    first = await page_of(scene, min_idle_ms=90_000, limit=1)
    second = await page_of(scene, min_idle_ms=90_000, limit=1, cursor=first.next_cursor)
    assert [first.entries[0].entry_id, second.entries[0].entry_id] == ids[1:3]


async def test_a_search_ends_after_a_while_and_says_where_to_go_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 2)
    monkeypatch.setattr(module, "LOOKED_AT_MAX", 4)
    ids = await scene.placed(7)
    await scene.workers[0].read()
    page = await page_of(scene, min_idle_ms=600_000)
    assert (page.entries, page.next_cursor) == ([], ids[3])
    page = await page_of(scene, min_idle_ms=600_000, cursor=ids[3])
    assert (page.entries, page.next_cursor) == ([], None)


async def test_a_broken_or_missing_status_hides_no_other(scene: Scene) -> None:
    good, broken, odd = await scene.placed(3)
    await scene.workers[0].read()
    kept = {i: await scene.hash(i) for i in (broken, odd)}
    client, keys = scene.lane.client, scene.lane.keys
    await client.delete(keys.status(broken))
    await client.set(keys.status(broken), "no hash")
    await client.hset(keys.status(odd), mapping={"attempt": "٣", "started_at": "1e400"})
    first, second, third = (await page_of(scene)).entries
    assert (first.entry_id, first.status) == (good, "pending")
    assert (second.status, second.attempt) == (None, None)
    assert (third.attempt, third.started_at_ms) == (None, None)
    for order_id, fields in kept.items():
        await client.delete(keys.status(order_id))
        await client.hset(keys.status(order_id), mapping=fields)


async def test_a_foreign_groups_pending_entries_are_shown_too(scene: Scene) -> None:
    await foreign_entry(scene.lane, {"customer_id": "7"})
    await scene.lane.client.xgroup_create(scene.lane.keys.stream, "warehouse", id="0")
    await scene.lane.client.xreadgroup("warehouse", "till", {scene.lane.keys.stream: ">"})
    [entry] = (await pending(scene.lane, StreamName.ORDERS, "warehouse")).entries
    assert (entry.owner, entry.status) == ("till", None)
    await scene.lane.command("XGROUP", "DESTROY", scene.lane.keys.stream, "warehouse")
    await scene.workers[0].read()
    await scene.lose_entry(entry.entry_id)
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, entry.entry_id)


async def test_an_unknown_group_is_said(scene: Scene) -> None:
    with pytest.raises(NoSuchGroup):
        await pending(scene.lane, StreamName.ORDERS, "warehouse")


async def test_what_several_workers_hold_comes_in_one_round_trip(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(5)
    await ann.read(3)
    await bob.read(2)
    held = await held_by(scene.lane, ["ann", "bob", "zoe"], 2)
    assert {name: [entry.entry_id for entry in entries] for name, entries in held.items()} == {
        "ann": ids[:2],
        "bob": ids[3:],
        "zoe": [],
    }
    assert await held_by(scene.lane, ["ann"], 2, min_idle_ms=3_600_000) == {"ann": []}
    await scene.lose_group()
    assert await held_by(scene.lane, ["ann"], 2) == {}
    await scene.lane.ensure_group()
