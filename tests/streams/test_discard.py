"""`discard`: an operator gives a dead letter up."""

from orderstream.streams.events_log import events_of
from orderstream.streams.operating import discard, requeue
from tests.streams.scene import COMPLETED, Scene
from tests.streams.test_requeue import dead_letter


async def test_a_discarded_dead_letter_is_cancelled_for_good(scene: Scene) -> None:
    order_id, fences = await dead_letter(scene)
    assert await discard(scene.lane, [order_id, order_id], actor="user:boss", reason="no stock") == [
        "discarded",
        "twice",
    ]
    hash_ = await scene.hash(order_id)
    assert hash_["status"] == "cancelled"
    assert int(hash_["fence"]) > fences[order_id]
    assert await scene.failed_at(order_id) is None
    [*_, event] = await events_of(scene.lane, order_id)
    assert (event.type, event.source, event.fields["reason"]) == ("order.cancelled", "failed", "no stock")
    assert await requeue(scene.lane, [order_id], actor="user:boss") == ["refused"]


async def test_only_dead_letters_are_discarded(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.read()
    await ann.finish(await ann.begun(ids[:1]), COMPLETED)
    assert await discard(scene.lane, [*ids, "5-5"], actor="user:boss") == ["refused", "refused", "missing"]
