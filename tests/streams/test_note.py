"""`note`: what somebody says about an order, in whatever status; the status stays."""

import pytest

from orderstream.domain.status import OrderStatus
from orderstream.streams.events_log import events_of
from orderstream.streams.operating import cancel, discard, note
from tests.orders import draft, foreign_entry
from tests.streams.scene import COMPLETED, Scene, retry_in
from tests.streams.test_moves import order_that_is


@pytest.mark.parametrize("status", OrderStatus)
async def test_a_note_is_an_event_and_one_version_more_in_any_status(
    scene: Scene, status: OrderStatus
) -> None:
    order_id, _ = await order_that_is(scene, status)
    before, totals = await scene.hash(order_id), await scene.totals()
    scene.clock.advance(7)
    version = int(before["version"]) + 1
    assert await note(scene.lane, order_id, "by Friday", actor="user:boss") == ("noted", version)
    assert await scene.hash(order_id) == before | {"version": str(version)}
    assert await scene.totals() == totals | {"n_noted": 1}
    [*_, event] = await events_of(scene.lane, order_id)
    assert (event.type, event.source, event.target) == ("order.noted", status, status)
    assert (event.actor, event.fields["text"], event.at_ms) == ("user:boss", "by Friday", scene.clock.now_ms)


async def test_what_was_noted_meanwhile_ends_as_if_nothing_had_been_said(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    for order_id in ids:
        await note(scene.lane, order_id, "hm", actor="user:boss")
    assert await ann.codes({ids[0]: fences[ids[0]]}, COMPLETED) == ["recorded"]
    assert await ann.codes({ids[1]: fences[ids[1]]}, retry_in(5)) == ["recorded"]
    await note(scene.lane, ids[0], "well done", actor="user:boss")


async def test_many_notes_are_many_versions(scene: Scene) -> None:
    ids = await scene.placed(1)
    answers = [await note(scene.lane, ids[0], "hm", actor="user:boss") for _ in range(3)]
    assert answers == [("noted", 2), ("noted", 3), ("noted", 4)]


async def test_of_no_order_nothing_is_noted(scene: Scene) -> None:
    assert await note(scene.lane, "5-5", "hm", actor="user:boss") == ("missing", 0)


async def test_an_entry_that_nobody_has_adopted_yet_is_adopted_by_what_is_done_to_it(scene: Scene) -> None:
    noted, cancelled = [await foreign_entry(scene.lane, draft().wire()) for _ in range(2)]
    rubbish = await foreign_entry(scene.lane, {"hello": "world"})
    assert await note(scene.lane, noted, "hm", actor="user:boss") == ("noted", 2)
    ids = [cancelled, "5-5", cancelled]
    assert await cancel(scene.lane, ids, actor="user:boss") == ["cancelled", "missing", "twice"]
    assert await discard(scene.lane, [rubbish], actor="user:boss") == ["discarded"]
    assert [event.type for event in await events_of(scene.lane, cancelled)] == [
        "order.adopted",
        "order.cancelled",
    ]


async def test_an_order_whose_hash_is_lost_is_restored_by_what_is_done_to_it(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.lose_hash(ids[0])
    assert await note(scene.lane, ids[0], "hm", actor="user:boss") == ("noted", 2)


async def test_a_large_batch_is_done_in_several_calls_and_answered_in_its_order(scene: Scene) -> None:
    ids = await scene.placed(450)
    assert await cancel(scene.lane, ids[200:], actor="user:boss") == ["cancelled"] * 250
    assert await cancel(scene.lane, ids, actor="user:boss") == ["cancelled"] * 200 + ["refused"] * 250
