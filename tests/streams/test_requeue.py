"""`requeue`: a dead letter goes back as a new round, under its old id."""

from orderstream.domain.events import seconds_of
from orderstream.streams.deliveries import Begun
from orderstream.streams.events_log import events_of
from orderstream.streams.lane import WAITING
from orderstream.streams.operating import requeue
from tests.streams.scene import COMPLETED, REJECTED, Scene


async def dead_letter(scene: Scene) -> tuple[str, dict[str, int]]:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await ann.finish(fences, REJECTED)
    return ids[0], fences


async def test_a_dead_letter_is_pending_at_once_in_a_new_round(scene: Scene) -> None:
    bob = scene.workers[1]
    order_id, fences = await dead_letter(scene)
    scene.clock.advance(9)
    assert await requeue(scene.lane, [order_id], actor="user:boss", reason="fixed") == ["requeued"]
    hash_ = await scene.hash(order_id)
    assert (hash_["status"], hash_["round"], hash_["attempt"]) == ("pending", "2", "0")
    assert hash_["next_attempt_at"] == seconds_of(scene.clock.now_ms)
    assert int(hash_["fence"]) > fences[order_id]
    assert await scene.failed_at(order_id) is None
    assert await scene.holder(order_id) == WAITING
    [*_, event] = await events_of(scene.lane, order_id)
    assert (event.type, event.actor, event.fields["reason"]) == ("order.requeued", "user:boss", "fixed")
    assert await bob.promote() == [order_id]
    [begun] = await bob.begin([order_id])
    assert isinstance(begun, Begun)
    assert (begun.attempt, begun.round) == (1, 2)


async def test_the_late_outcome_of_the_old_round_is_refused(scene: Scene) -> None:
    order_id, fences = await dead_letter(scene)
    await requeue(scene.lane, [order_id], actor="user:boss")
    assert await scene.workers[0].codes(fences, COMPLETED) == ["stale"]


async def test_only_dead_letters_are_requeued_and_each_once(scene: Scene) -> None:
    order_id, _ = await dead_letter(scene)
    [other] = await scene.placed(1)
    answers = await requeue(scene.lane, [order_id, order_id, other, "5-5"], actor="user:boss")
    assert answers == ["requeued", "twice", "refused", "missing"]
    assert await requeue(scene.lane, [order_id], actor="user:boss") == ["refused"]


async def test_a_dead_letter_without_its_entry_stays_one(scene: Scene) -> None:
    order_id, _ = await dead_letter(scene)
    await scene.lose_entry(order_id)
    assert await requeue(scene.lane, [order_id], actor="user:boss") == ["gone"]
    assert await scene.status(order_id) == "failed"
    assert await scene.failed_at(order_id) is not None
    assert await scene.due(order_id) is None
