"""What a lost worker held is found by it, whatever became of the orders since."""

import pytest

from orderstream.streams import losses
from orderstream.streams.losses import Swept, swept_from
from orderstream.streams.operating import cancel
from tests.streams.scene import ATTEMPTS, BACKOFF_MS, COMPLETED, Scene

ODD = (
    {"a": "b"},
    {"order_id": "1-1"},
    {"order_id": "x/y", "at": "5"},
    {"order_id": "1-1", "at": "٥"},
    {"order_id": "1-1", "at": "9" * 400},
)


async def test_each_order_that_was_taken_from_a_worker_names_it(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(4)
    await ann.read(3)
    await bob.read()
    await ann.begun(ids[:3])
    await bob.begun(ids[3:])
    await cancel(scene.lane, ids[1:2], actor="user:boss")
    await scene.lose_entry(ids[2])
    await scene.dies(ann)
    await scene.dies(bob)
    carl = await scene.worker("carl")
    await scene.pass_time(2_000)
    await scene.sweep(ids)
    at = scene.clock.now_ms
    found = await swept_from(scene.lane, "ann", 0)
    assert found == losses.Losses([Swept(i, at) for i in ids[:3]], True)
    assert [each.order_id for each in (await swept_from(scene.lane, "bob", 0)).orders] == ids[3:]
    assert await scene.statuses(ids) == ["retrying", "cancelled", "failed", "retrying"]
    scene.clock.advance(BACKOFF_MS)
    await carl.finish(await carl.begun(await carl.promote()), COMPLETED)
    assert await swept_from(scene.lane, "ann", 0) == found


async def test_an_order_that_killed_its_worker_once_too_often_names_it(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    for attempt in range(ATTEMPTS):
        worker = await scene.worker(f"victim-{attempt}")
        if attempt:
            await scene.pass_time(BACKOFF_MS)
            await worker.promote()
        else:
            await worker.read()
        await worker.begun([order_id])
        await scene.dies(worker)
        assert await scene.sweep([order_id]) == ["swept"]
        [swept] = (await swept_from(scene.lane, worker.name, 0)).orders
        assert swept.order_id == order_id
    assert await scene.status(order_id) == "failed"


async def test_the_search_is_bounded_and_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "_PAGE", 2)
    ann = scene.workers[0]
    ids = await scene.placed(5)
    await ann.take(ids)
    await scene.dies(ann)
    await scene.sweep(ids)
    whole = await swept_from(scene.lane, "ann", 0)
    assert (len(whole.orders), whole.is_whole) == (5, True)
    monkeypatch.setattr(losses, "LOOKED_AT_MAX", 12)
    part = await swept_from(scene.lane, "ann", 0)
    assert (len(part.orders), part.is_whole) == (2, False)
    assert (await swept_from(scene.lane, "ann", 2**45)).orders == []


async def test_entries_that_are_no_events_are_passed_over(scene: Scene) -> None:
    client, events = scene.lane.client, scene.lane.keys.events
    odd = [await client.xadd(events, {"swept": "ann", **more}) for more in ODD]
    assert (await swept_from(scene.lane, "ann", 0)).orders == []
    await client.xdel(events, *odd)
