"""What a worker reads back of its own, and which names it may have."""

import pytest

from orderstream.streams.deliveries import Delivered, Deliveries
from orderstream.streams.lane import Lane
from tests.orders import draft
from tests.streams.scene import COMPLETED, Scene


@pytest.mark.parametrize("name", ["", "a:b", "a b", "n" * 61, "ü" * 31])
def test_a_name_that_would_break_a_key_or_a_hash_is_refused(lane: Lane, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Deliveries(lane, name)


async def test_a_delivery_carries_the_entry(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    [delivered] = await scene.workers[0].deliveries.read(scene.lane.client, 10, None)
    assert isinstance(delivered, Delivered)
    assert delivered.order_id == order_id
    assert draft().wire().items() <= dict(delivered.fields).items()
    assert await scene.workers[0].deliveries.read(scene.lane.client, 10, 1) == []


async def test_a_worker_finds_what_a_lost_reply_hid_from_it(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(3)
    await ann.read(2)
    await bob.read(1)
    assert await ann.deliveries.own_pending(10) == ids[:2]
    assert await ann.deliveries.own_pending(1) == ids[:1]
    await ann.finish(await ann.begun(ids[:1]), COMPLETED)
    assert await ann.deliveries.own_pending(10) == ids[1:2]
    entries = await ann.deliveries.entries([*ids, "5-5"])
    assert list(entries) == ids
    assert entries[ids[0]]["customer_id"] == "C-1"


async def test_no_orders_make_no_call(scene: Scene) -> None:
    ann = scene.workers[0]
    assert await ann.begin([]) == []
    assert await ann.finish({}, COMPLETED) == []
    assert await ann.deliveries.release([]) == []
    assert await scene.sweep([]) == []
