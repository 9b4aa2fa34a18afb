"""`adopt`: entries that others wrote into the stream are orders too, or dead letters with a reason."""

from dataclasses import replace

import pytest

from orderstream.streams.codec import id_ms, interleaved
from orderstream.streams.events_log import events_of
from orderstream.streams.lane import Lane
from orderstream.streams.operating import discard
from orderstream.streams.repairs import restore_or_adopt
from tests.orders import foreign_entry
from tests.streams.scene import COMPLETED, Clock, Scene, retry_in

ORDER = {"customer_id": "C-9", "product_id": "P-9", "quantity": "3", "price": "19.99"}


async def test_a_foreign_order_becomes_pending_and_is_processed(scene: Scene) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, ORDER | {"status": "whatever", "created_at": "then"})
    await ann.read()
    assert await ann.reasons([order_id]) == ["missing"]
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "adopted"}
    [event] = await events_of(scene.lane, order_id)
    assert (event.type, event.version, event.source, event.target) == ("order.adopted", 1, "", "pending")
    assert event.actor == "worker:ann"
    assert dict(event.fields) == ORDER
    assert await ann.codes(await ann.begun([order_id]), COMPLETED) == ["recorded"]
    assert (await scene.totals())["n_adopted"] == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"a": "b"},
        ORDER | {"quantity": "many"},
        ORDER | {"price": "NaN"},
        ORDER | {"customer_id": b"\xff\xfe"},
        ORDER | {"customer_id": "x" * 5_000},
    ],
)
async def test_what_is_no_order_is_a_dead_letter_with_the_reason(
    scene: Scene, entry: dict[str, str | bytes]
) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, entry)
    assert await ann.read() == [order_id]
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "refused"}
    hash_ = await scene.hash(order_id)
    assert (hash_["status"], hash_["error"]) == ("failed", "InvalidOrder")
    assert await scene.holder(order_id) is None
    assert await scene.failed_at(order_id) == scene.clock.now_ms
    [event] = await events_of(scene.lane, order_id)
    assert (event.type, event.source, event.target) == ("order.adopted", "", "failed")
    assert event.fields["text"]
    assert await ann.reasons([order_id]) == ["final"]
    assert await discard(scene.lane, [order_id], actor="user:boss") == ["discarded"]


async def test_a_pending_id_without_an_entry_is_acknowledged(scene: Scene) -> None:
    ann = scene.workers[0]
    order_id = await foreign_entry(scene.lane, ORDER)
    await ann.read()
    await scene.lane.command("XDEL", scene.lane.keys.stream, order_id)
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "gone"}
    assert await scene.holder(order_id) is None
    assert await scene.status(order_id) is None


async def test_an_order_is_adopted_once(scene: Scene) -> None:
    order_id = await foreign_entry(scene.lane, ORDER)
    await restore_or_adopt(scene.lane, [order_id], actor="worker:ann")
    fields = ["order", "", "", "C-9", "P-9", "3", "19.99", "", ""]
    assert await scene.lane.run("adopt", actor="worker:bob", ids=[order_id], args=fields) == ["exists"]
    assert (await scene.totals())["n_adopted"] == 1


async def test_an_order_with_a_history_is_never_adopted(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    await scene.lose_hash(order_id)
    assert await restore_or_adopt(scene.lane, [order_id], actor="worker:ann") == {order_id: "restored"}


async def test_an_order_whose_events_are_trimmed_is_not_done_again(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)  # no fixture: at its end the log would have to be whole
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), COMPLETED)
    await scene.placed(1)
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", 1)
    await scene.lose_hash(order_id)
    later = f"{id_ms(order_id) + 60_000}-0"
    young = await lane.command("XADD", lane.keys.stream, later, *interleaved(ORDER))
    done = await restore_or_adopt(lane, [order_id, young], actor="worker:ann")
    assert done == {order_id: "trimmed", young: "adopted"}
    assert await scene.status(order_id) is None


@pytest.mark.parametrize("has_begun_anew", [False, True])
async def test_an_order_is_not_done_again_because_the_log_was_deleted(
    lane: Lane, clock: Clock, has_begun_anew: bool
) -> None:
    """Such a log counts no event as missing."""
    lane = replace(lane, clock=None)
    scene = Scene(lane, clock)  # no fixture: at its end there would have to be a log
    ann = await scene.worker("ann")
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), COMPLETED)
    await lane.command("DEL", lane.keys.events)
    await scene.lose_hash(order_id)
    if has_begun_anew:
        await scene.placed(1)
    later = f"{await lane.now_ms() + 60_000}-0"
    young = await lane.command("XADD", lane.keys.stream, later, *interleaved(ORDER))
    done = await restore_or_adopt(lane, [order_id, young], actor="worker:ann")
    assert done == {order_id: "trimmed", young: "adopted"}
    assert await scene.status(order_id) is None


@pytest.mark.parametrize("left", [1, 2])
async def test_an_order_whose_first_events_are_trimmed_is_not_restored_from_the_others(
    lane: Lane, clock: Clock, left: int
) -> None:
    """I10: a hash without attempt and fence would let it begin as if for the first time."""
    scene = Scene(lane, clock)  # no fixture: at its end the log would have to be whole
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id] = await scene.placed(1)
    await ann.finish(await ann.begun(await ann.read()), retry_in(10))
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", left)
    await scene.lose_hash(order_id)
    assert await restore_or_adopt(lane, [order_id], actor="worker:ann") == {order_id: "trimmed"}
    assert await scene.hash(order_id) == {}
    assert await ann.reasons([order_id]) == ["missing"]


async def test_an_order_that_lacks_an_event_in_between_is_not_restored_either(
    lane: Lane, clock: Clock
) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    ann = scene.workers[0]
    [order_id, whole] = await scene.placed(2)
    await ann.finish(await ann.begun(await ann.read()), retry_in(10))
    started = (await events_of(lane, order_id))[1]
    await lane.command("XDEL", lane.keys.events, started.id)
    for each in (order_id, whole):
        await scene.lose_hash(each)
    done = await restore_or_adopt(lane, [order_id, whole], actor="worker:ann")
    assert done == {order_id: "trimmed", whole: "restored"}
