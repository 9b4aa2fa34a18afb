"""`cancel`: at once what nobody works on, asked of what is being processed."""

from orderstream.streams.events_log import events_of
from orderstream.streams.operating import cancel
from tests.streams.scene import COMPLETED, REJECTED, Scene, retry_in


async def test_a_pending_order_is_cancelled_at_once_and_not_run_when_it_is_delivered(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    assert await cancel(scene.lane, ids, actor="user:boss", reason="typing error") == ["cancelled"]
    [*_, event] = await events_of(scene.lane, ids[0])
    assert (event.type, event.actor, event.fields["reason"]) == (
        "order.cancelled",
        "user:boss",
        "typing error",
    )
    await ann.read()
    assert await ann.reasons(ids) == ["final"]
    assert await scene.holder(ids[0]) is None


async def test_a_cancelled_order_is_not_pending_any_more(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    await cancel(scene.lane, ids, actor="user:boss")
    assert await scene.holder(ids[0]) is None
    assert int((await scene.hash(ids[0]))["fence"]) >= scene.clock.now_ms


async def test_a_retry_is_cancelled_and_leaves_its_index(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(50))
    assert await cancel(scene.lane, ids, actor="user:boss") == ["cancelled"]
    assert await scene.due(ids[0]) is None
    assert await scene.holder(ids[0]) is None


async def test_of_an_order_in_processing_it_is_asked_once(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.take(ids)
    assert await cancel(scene.lane, ids, actor="user:boss") == ["asked"]
    assert await cancel(scene.lane, ids, actor="user:other") == ["asked"]
    hash_ = await scene.hash(ids[0])
    assert (hash_["status"], hash_["version"], hash_["cancel"]) == ("processing", "3", "user:boss")


async def test_what_has_ended_is_refused(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    await ann.finish({ids[1]: fences[ids[1]]}, REJECTED)
    assert await cancel(scene.lane, ids, actor="user:boss") == ["refused", "refused"]


async def test_the_same_order_twice_in_one_call_is_cancelled_once(scene: Scene) -> None:
    ids = await scene.placed(1)
    assert await cancel(scene.lane, ids * 2, actor="user:boss") == ["cancelled", "twice"]
    assert await cancel(scene.lane, ["5-5"], actor="user:boss") == ["missing"]
    assert await cancel(scene.lane, [], actor="user:boss") == []


async def test_a_long_name_of_an_actor_does_not_blow_up_the_status(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].take(ids)
    await cancel(scene.lane, ids, actor="user:" + "n" * 150)
    assert len((await scene.hash(ids[0]))["cancel"]) == 60
