"""`sweep`: puts back what no live worker holds, and nothing that one does."""

import pytest

from orderstream.streams.events_log import events_of
from orderstream.streams.lane import WAITING
from orderstream.streams.operating import cancel
from tests.orders import foreign_entry
from tests.streams.scene import (
    BACKOFF_MS,
    COMPLETED,
    LEASE_MS,
    PATIENCE_MS,
    PATIENT,
    REJECTED,
    Scene,
    retry_in,
)


async def test_an_order_of_a_dead_worker_waits_for_another_with_a_raised_fence(scene: Scene) -> None:
    ann, bob = scene.workers
    [order_id] = ids = await scene.placed(1)
    fences = await ann.take(ids)
    await scene.dies(ann)
    assert await scene.sweep(ids) == ["swept"]
    hash_ = await scene.hash(order_id)
    assert (hash_["status"], hash_["error"], hash_["attempt"]) == ("retrying", "WorkerLost", "1")
    assert int(hash_["fence"]) > fences[order_id]
    assert "suspect" not in hash_
    assert await scene.due(order_id) == scene.clock.now_ms + BACKOFF_MS
    assert await scene.holder(order_id) == WAITING
    assert (await scene.totals())["n_swept"] == 1
    [*_, event] = await events_of(scene.lane, order_id)
    assert event.fields["swept"] == ann.name
    assert await ann.codes(fences, COMPLETED) == ["stale"]
    scene.clock.advance(BACKOFF_MS)
    assert await bob.promote() == ids
    await bob.begun(ids)


async def test_an_order_of_a_living_worker_is_left_within_its_deadline(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    await scene.pass_time(PATIENCE_MS - LEASE_MS)
    assert await scene.sweep(ids) == ["fine"]


async def test_an_order_beyond_its_deadline_is_taken_from_a_living_worker(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    await scene.pass_time(PATIENCE_MS)
    assert await scene.sweep(ids) == ["swept"]
    assert (await scene.hash(ids[0]))["error"] == "DeadlinePassed"


async def test_nobody_is_judged_while_there_is_calm(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(2)
    await ann.read()
    await ann.begun(ids[:1])
    scene.clock.advance(60_000)
    await bob.beat()
    assert await scene.sweep(ids) == ["calm", "calm"]
    await scene.pass_time(LEASE_MS + 10, silent=[ann])
    assert await scene.sweep(ids) == ["swept", "parked"]


async def test_a_sweep_that_waited_out_an_outage_judges_nobody(scene: Scene) -> None:
    """It was on its way when the server stopped, and is served before any beat."""
    ann, bob = scene.workers
    ids = await scene.placed(2)
    await ann.read()
    await ann.begun(ids[:1])
    scene.clock.advance(LEASE_MS + 10)
    assert await scene.sweep(ids) == ["calm", "calm"]
    await bob.beat()
    await ann.beat()
    await scene.pass_time(LEASE_MS + 10)
    assert await scene.sweep(ids, bound_ms=PATIENT) == ["fine", "held"]


async def test_when_the_attempts_are_used_up_the_order_is_a_dead_letter(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    worker = scene.workers[0]
    await worker.read()
    for attempt in range(3):
        await worker.begun([order_id])
        heir = await scene.worker(f"heir-{attempt}")
        await scene.dies(worker)
        assert await scene.sweep([order_id]) == ["swept"]
        # Suspect exactly when the next silent death would be the last.
        assert (await scene.hash(order_id)).get("suspect", "0") == ("1" if attempt == 1 else "0")
        scene.clock.advance(BACKOFF_MS)
        worker = heir
    assert await scene.status(order_id) == "failed"
    assert await scene.holder(order_id) is None


async def test_a_cancel_that_was_asked_of_a_dead_worker_ends_the_order(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    await cancel(scene.lane, ids, actor="user:boss")
    await scene.dies(ann)
    assert await scene.sweep(ids) == ["swept"]
    assert await scene.status(ids[0]) == "cancelled"
    assert await scene.holder(ids[0]) is None


async def test_an_order_that_lost_its_entry_becomes_a_dead_letter(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.read()
    await ann.begun(ids[:1])
    await scene.lose_entry(*ids)
    await scene.dies(ann)
    assert await scene.sweep(ids) == ["swept", "lost"]
    assert await scene.statuses(ids) == ["failed", "failed"]
    assert (await scene.hash(ids[0]))["error"] == "EntryLost"
    assert (await scene.lane.command("XPENDING", scene.lane.keys.stream, scene.lane.group))["pending"] == 0


async def test_the_owner_of_a_begun_order_gets_its_pending_entry_back(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.take(ids)
    stream, group = scene.lane.keys.stream, scene.lane.group
    await scene.lane.command("XCLAIM", stream, group, "thief", 0, ids[0], "JUSTID")
    await scene.lane.command("XACK", stream, group, ids[1])
    assert await scene.sweep(ids) == ["put_back", "put_back"]
    assert [await scene.holder(order_id) for order_id in ids] == ["ann", "ann"]


async def test_what_a_living_worker_has_not_begun_is_left_for_a_while_only(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    assert await scene.sweep(ids, bound_ms=PATIENT) == ["held"]
    assert await scene.sweep(ids, bound_ms=0) == ["parked"]
    assert await scene.holder(ids[0]) == WAITING
    assert await scene.due(ids[0]) == scene.clock.now_ms


async def test_what_a_dead_worker_never_began_is_parked_as_it_was(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    await scene.dies(ann)
    assert await scene.sweep(ids, bound_ms=PATIENT) == ["parked"]
    assert (await scene.hash(ids[0]))["version"] == "1"
    assert await scene.due(ids[0]) == scene.clock.now_ms


async def test_a_retry_that_fell_out_of_its_index_gets_its_own_time_back(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(500))
    due = await scene.due(ids[0])
    assert await scene.sweep(ids) == ["fine"]
    await scene.lane.command("DEL", scene.lane.keys.retry)
    assert await scene.sweep(ids) == ["indexed"]
    assert await scene.due(ids[0]) == due


async def test_a_promoted_retry_of_a_dead_worker_keeps_its_time(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(90_000))
    await scene.lane.command("XCLAIM", scene.lane.keys.stream, scene.lane.group, "gone", 0, ids[0], "JUSTID")
    due = await scene.due(ids[0])
    assert await scene.sweep(ids) == ["parked"]
    assert await scene.due(ids[0]) == due


async def test_what_nobody_was_handed_yet_is_left_to_be_read(scene: Scene) -> None:
    ids = await scene.placed(1)
    assert await scene.sweep(ids) == ["undelivered"]
    assert await scene.workers[0].read() == ids


async def test_what_is_in_nobodys_hands_though_it_was_delivered_is_parked(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, *ids)
    assert await scene.sweep(ids) == ["parked"]
    assert await scene.holder(ids[0]) == WAITING


@pytest.mark.parametrize("ids", [["5-9", "5-10", "5-11"], ["9-1", "10-1", "11-1"]])
async def test_ids_are_compared_as_numbers(scene: Scene, ids: list[str]) -> None:
    for order_id in ids:
        await foreign_entry(
            scene.lane, {"customer_id": "c", "product_id": "p", "quantity": "1", "price": "1"}, order_id
        )
    await scene.workers[0].read(2)
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, *ids[:2])
    assert await scene.sweep(ids) == ["missing"] * 3
    assert await scene.sweep(ids) == ["parked", "parked", "undelivered"]


async def test_what_is_final_does_not_stay_pending_or_indexed(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), COMPLETED)
    await scene.lose_group()
    await scene.lane.ensure_group()
    await bob.read()
    await scene.lane.command("ZADD", scene.lane.keys.retry, scene.clock.now_ms, ids[0])
    assert await scene.sweep(ids) == ["acknowledged"]
    assert await scene.holder(ids[0]) is None
    assert await scene.due(ids[0]) is None


async def test_a_dead_letter_that_fell_out_of_its_index_is_put_back(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), REJECTED)
    failed_at = await scene.failed_at(ids[0])
    scene.clock.advance(10)
    assert await scene.sweep(ids) == ["fine"]
    assert await scene.failed_at(ids[0]) == failed_at
    await scene.lane.command("DEL", scene.lane.keys.failed)
    assert await scene.sweep(ids) == ["fine"]
    assert await scene.failed_at(ids[0]) == scene.clock.now_ms


async def test_the_same_order_twice_in_one_call_is_swept_once(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    await scene.dies(ann)
    assert await scene.sweep(ids * 2) == ["swept", "twice"]


async def test_a_lost_status_comes_back_from_the_events(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    kept = await scene.hash(ids[0])
    await scene.lose_hash(ids[0])
    assert await scene.sweep(ids) == ["missing"]
    assert await scene.hash(ids[0]) == kept


async def test_the_sweep_says_who_swept(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    await scene.dies(ann)
    await scene.sweep(ids)
    [*_, event] = await events_of(scene.lane, ids[0])
    assert (event.type, event.actor) == ("order.retried", "worker:sweeper")
