"""`release`: on shutdown orders go back at once, the attempt not counted."""

import pytest

from orderstream.domain.events import seconds_of
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import WAITING
from orderstream.streams.operating import cancel
from tests.streams.scene import COMPLETED, Scene, retry_in


async def test_a_released_order_is_pending_at_once_and_its_attempt_is_not_counted(scene: Scene) -> None:
    ann, bob = scene.workers
    [order_id] = ids = await scene.placed(1)
    fences = await ann.take(ids)
    assert await ann.deliveries.release([(order_id, fences[order_id])]) == ["released"]
    hash_ = await scene.hash(order_id)
    assert (hash_["status"], hash_["attempt"]) == ("pending", "0")
    assert hash_["next_attempt_at"] == seconds_of(scene.clock.now_ms)
    assert int(hash_["fence"]) > fences[order_id]
    assert await bob.promote() == ids
    await bob.begun(ids)


async def test_the_late_outcome_of_a_released_order_is_refused(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await ann.deliveries.release(list(fences.items()))
    assert await ann.codes(fences, COMPLETED) == ["stale"]


async def test_what_was_delivered_but_never_begun_goes_back_too(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    await ann.read()
    assert await bob.deliveries.release([(ids[0], None)]) == ["left"]
    assert await scene.holder(ids[0]) == "ann"
    assert await ann.deliveries.release([(ids[0], None)]) == ["released"]
    assert await scene.holder(ids[0]) == WAITING
    assert await scene.due(ids[0]) == scene.clock.now_ms
    assert (await scene.hash(ids[0]))["version"] == "1"


async def test_a_promoted_retry_goes_back_to_its_own_time(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(5))
    scene.clock.advance(9)
    assert await ann.promote() == ids
    assert await ann.deliveries.release([(ids[0], None)]) == ["released"]
    assert await scene.due(ids[0]) == scene.clock.now_ms


async def test_a_cancel_that_was_asked_ends_the_order_instead(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await cancel(scene.lane, ids, actor="user:boss")
    assert await ann.deliveries.release(list(fences.items())) == ["released"]
    assert await scene.status(ids[0]) == "cancelled"
    assert await scene.holder(ids[0]) is None


async def test_an_order_of_another_worker_or_fence_is_left(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    assert await bob.deliveries.release(list(fences.items())) == ["left"]
    assert await ann.deliveries.release([(ids[0], fences[ids[0]] - 1)]) == ["left"]
    assert await bob.deliveries.release([(ids[0], None)]) == ["left"]
    assert await scene.holder(ids[0]) == "ann"


async def test_what_was_begun_and_never_ran_for_a_lost_reply_goes_back_uncounted(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    assert await ann.deliveries.release([(ids[0], None)]) == ["released"]
    hash_ = await scene.hash(ids[0])
    assert (hash_["status"], hash_["attempt"]) == ("pending", "0")
    assert await ann.codes(fences, COMPLETED) == ["stale"]


async def test_the_same_order_twice_in_one_call_is_released_once(scene: Scene) -> None:
    ann = scene.workers[0]
    fences = await ann.take(await scene.placed(1))
    assert await ann.deliveries.release(list(fences.items()) * 2) == ["released", "twice"]


async def test_what_is_final_already_is_acknowledged(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await ann.finish(fences, COMPLETED)
    await scene.lose_group()
    await scene.lane.ensure_group()
    await bob.read()
    assert await bob.deliveries.release([(ids[0], None)]) == ["final"]
    assert await scene.holder(ids[0]) is None


async def test_an_order_without_a_status_is_missing(scene: Scene) -> None:
    assert await scene.workers[0].deliveries.release([("5-5", None)]) == ["missing"]


async def test_without_a_group_a_batch_is_refused_whole_before_anything_is_written(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await cancel(scene.lane, ids[:1], actor="user:boss")
    await scene.lose_group()
    with pytest.raises(GroupLost):
        await ann.deliveries.release(list(fences.items()))
    assert await scene.statuses(ids) == ["processing", "processing"]


async def test_what_is_released_without_its_entry_becomes_a_dead_letter(scene: Scene) -> None:
    ids = await scene.placed(2)
    fences = await scene.workers[0].take(ids[:1])
    await scene.lose_entry(*ids)
    await scene.workers[0].deliveries.release([(ids[0], fences[ids[0]]), (ids[1], None)])
    assert await scene.statuses(ids) == ["failed", "failed"]
