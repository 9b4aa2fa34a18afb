"""`begin`: hands out fences, takes nothing over, and counts attempts and waiting."""

import pytest

from orderstream.domain.events import seconds_of
from orderstream.streams.connection import GroupLost
from orderstream.streams.deliveries import Begun
from orderstream.streams.lane import WAITING
from tests.streams.scene import COMPLETED, LEASE_MS, PATIENCE_MS, REJECTED, Scene, retry_in


async def test_a_delivered_order_becomes_processing_with_fence_and_deadline(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = await scene.placed(1)
    await ann.read()
    [begun] = await ann.begin([order_id])
    assert begun == Begun(order_id, fence=scene.clock.now_ms, attempt=1, round=1)
    assert await scene.hash(order_id) == {
        "status": "processing",
        "version": "2",
        "created_at": seconds_of(scene.clock.now_ms),
        "attempt": "1",
        "fence": str(scene.clock.now_ms),
        "deadline": str(scene.clock.now_ms + PATIENCE_MS),
        "worker_id": "ann",
        "started_at": seconds_of(scene.clock.now_ms),
    }


async def test_asked_again_after_a_lost_reply_it_answers_the_same(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.read()
    first = await ann.begin(ids)
    scene.clock.advance(3)
    assert await ann.begin(ids) == first
    assert (await scene.hash(ids[0]))["version"] == "2"


async def test_it_takes_no_order_over(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    await ann.take(ids)
    assert await bob.reasons(ids) == ["busy"]


async def test_the_same_order_twice_in_one_call_begins_once(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    assert await ann.reasons(ids * 2) == ["begun", "twice"]


async def test_nothing_begins_while_paused(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.read()
    await scene.control(paused=1)
    assert await ann.reasons(ids) == ["paused", "paused"]
    await scene.control(paused=0)
    assert await ann.reasons(ids) == ["begun", "begun"]


async def test_a_retry_begins_when_it_is_due_and_not_earlier(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(50))
    scene.clock.advance(49)
    assert await ann.reasons(ids) == ["early"]
    scene.clock.advance(1)
    assert await ann.reasons(ids) == ["begun"]


async def test_a_begun_retry_is_pending_for_its_worker_and_out_of_the_index(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(0))
    assert await scene.holder(ids[0]) == WAITING
    [begun] = await bob.begin(ids)
    assert isinstance(begun, Begun)
    assert begun.attempt == 2
    assert await scene.holder(ids[0]) == "bob"
    assert await scene.due(ids[0]) is None


async def test_the_fence_grows_even_when_the_clock_stands_or_goes_back(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    first = await ann.take(ids)
    await ann.finish(first, retry_in(0))
    assert await ann.begun(ids) == {ids[0]: first[ids[0]] + 1}


async def test_a_fence_that_a_failover_took_back_is_not_given_again(scene: Scene) -> None:
    ann, bob = scene.workers
    [order_id] = ids = await scene.placed(1)
    before = await scene.hash(order_id)
    old = await ann.take(ids)
    await _take_back_the_begin(scene, order_id, before)
    scene.clock.advance(1)
    new = await bob.begun(ids)
    assert new[order_id] > old[order_id]
    assert await ann.codes(old, COMPLETED) == ["stale"]
    assert await ann.codes(new, COMPLETED) == ["stale"]
    assert await bob.codes(new, COMPLETED) == ["recorded"]


async def _take_back_the_begin(scene: Scene, order_id: str, before: dict[str, str]) -> None:
    """As a promoted replica would that had not heard of it."""
    keys = scene.lane.keys
    await scene.lose_hash(order_id)
    flat = [part for item in before.items() for part in item]
    await scene.lane.command("HSET", keys.status(order_id), *flat)
    last = await scene.lane.command("XREVRANGE", keys.events, "+", "-", "COUNT", 1)
    await scene.lane.command("XDEL", keys.events, last[0][0])
    for name, by in {"pending": 1, "processing": -1, "n_started": -1}.items():
        await scene.lane.command("HINCRBY", keys.totals, name, by)
    waited = next(name for name in await scene.totals() if name.startswith("waited_"))
    await scene.lane.command("HINCRBY", keys.totals, waited, -1)


async def test_what_is_final_is_acknowledged_and_does_not_run_again(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(3)
    fences = await ann.take(ids)
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    await ann.finish({ids[1]: fences[ids[1]]}, REJECTED)
    await scene.lose_group()
    await scene.lane.ensure_group()
    assert await bob.read() == ids
    assert await bob.reasons(ids) == ["final", "final", "busy"]
    assert await scene.holder(ids[0]) is None
    assert await scene.holder(ids[1]) is None


async def test_a_lowered_limit_of_attempts_ends_the_order_as_a_dead_letter(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await ann.finish(fences, retry_in(0))
    assert await ann.reasons(ids, attempts=1) == ["failed"]
    hash_ = await scene.hash(ids[0])
    assert (hash_["status"], hash_["attempt"], hash_["error"]) == ("failed", "1", "AttemptsUsedUp")
    assert int(hash_["fence"]) > fences[ids[0]]
    assert await scene.holder(ids[0]) is None
    assert await scene.due(ids[0]) is None
    assert await scene.failed_at(ids[0]) == scene.clock.now_ms


async def test_a_broken_status_stops_only_its_own_order(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    await ann.read()
    key, kept = scene.lane.keys.status(ids[1]), await scene.hash(ids[1])
    await scene.lose_hash(ids[1])
    await scene.lane.command("SET", key, "not a hash")
    assert await ann.reasons(ids) == ["begun", "broken", "begun"]
    await scene.lane.command("DEL", key)
    await scene.lane.command("HSET", key, *[part for item in kept.items() for part in item])


async def test_a_version_that_is_no_number_is_broken(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    await scene.lane.command("HSET", scene.lane.keys.status(ids[0]), "version", "abc")
    assert await ann.reasons(ids) == ["broken"]
    await scene.lane.command("HSET", scene.lane.keys.status(ids[0]), "version", 1)


async def test_an_order_without_a_status_is_missing(scene: Scene) -> None:
    ann = scene.workers[0]
    assert await ann.reasons(["5-5"]) == ["missing"]


async def test_to_begin_is_a_beat(scene: Scene) -> None:
    ann = scene.workers[0]
    await scene.lane.command("DEL", scene.lane.keys.workers)
    await ann.take(await scene.placed(1))
    alive_until = await scene.lane.command("ZSCORE", scene.lane.keys.workers, "ann")
    assert int(alive_until) == scene.clock.now_ms + LEASE_MS


async def test_it_counts_for_as_long_as_the_beats_whatever_its_caller_was_told(scene: Scene) -> None:
    """A lease that no beat has seen may be changed back, and nobody would have declared a calm."""
    ann, bob = scene.workers
    for chosen in (20 * LEASE_MS, 2 * LEASE_MS):
        await scene.control(lease_ms=chosen)
        await bob.beat()
        await scene.control(lease_ms=3 * LEASE_MS)
        await ann.take(await scene.placed(1))
        alive_until = await scene.lane.command("ZSCORE", scene.lane.keys.workers, "ann")
        assert int(alive_until) == scene.clock.now_ms + chosen


async def test_the_time_from_due_to_begin_is_counted(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    scene.clock.advance(30)
    fences = await ann.take(ids)
    assert (await scene.totals())["waited_32"] == 2
    await ann.finish({ids[0]: fences[ids[0]]}, retry_in(500))
    scene.clock.advance(600)
    await ann.begun(ids[:1])
    assert (await scene.totals())["waited_100"] == 1


async def test_without_a_group_nothing_is_written(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(0))
    await scene.lose_group()
    with pytest.raises(GroupLost):
        await ann.begin(ids)
    assert await scene.due(ids[0]) is not None
