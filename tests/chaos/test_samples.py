"""What is seen on the way: unfinished orders that are nowhere to be found."""

from types import SimpleNamespace
from typing import Any

from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import Lane
from tests.chaos.samples import Samples
from tests.orders import placed_order


async def test_an_order_is_astray_while_it_is_neither_undelivered_nor_pending(lane: Lane) -> None:
    samples = Samples()
    world: Any = SimpleNamespace(lane=lane)
    deliveries = Deliveries(lane, "w-1")
    await samples.weigh(world)
    for _ in range(3):
        await placed_order(lane)
    await samples.weigh(world)
    await deliveries.read(lane.client, 2, None)
    await samples.weigh(world)
    assert (samples.snapshots, samples.astray, samples.unbalanced) == (3, [], [])
    await lane.client.xgroup_delconsumer(lane.keys.stream, lane.group, "w-1")
    for _ in range(2):  # told once, until all are found again
        await samples.weigh(world)
    (seen,) = samples.astray
    assert seen.orders == 2
    assert 0 < seen.after_ms <= seen.at_ms


async def test_a_group_made_at_the_end_is_seen_and_one_made_at_the_beginning_is_none(lane: Lane) -> None:
    for place, astray in (("0", 0), ("$", 1)):
        samples = Samples()
        world: Any = SimpleNamespace(lane=lane)
        await placed_order(lane)
        await samples.weigh(world)
        await lane.client.xgroup_destroy(lane.keys.stream, lane.group)
        await samples.weigh(world)
        await lane.client.xgroup_create(lane.keys.stream, lane.group, id=place)
        await samples.weigh(world)
        assert len(samples.astray) == astray
