"""What is seen on the way: unfinished orders that are nowhere to be found."""

import os
from types import SimpleNamespace
from typing import Any

from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import WAITING, Lane
from orderstream.streams.liveness import beat
from tests.chaos.facts import Happening, level
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
    assert (samples.totals, samples.places, samples.astray, samples.unbalanced) == (3, 3, [], [])
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


async def test_what_comes_and_goes_is_counted(lane: Lane) -> None:
    deliveries = Deliveries(lane, "w-1")
    before = await level(lane)
    assert (before.pending, before.retrying, before.consumers, before.workers) == (0, 0, 0, 0)
    await placed_order(lane)
    (handed,) = await deliveries.read(lane.client, 1, None)
    await beat(lane, "w-1", lease_ms=5_000, sweep_every_ms=0, fields={})
    await lane.command("ZADD", lane.keys.retry, 1, handed.order_id)
    # Whatever waits is pending for a consumer that is no worker.
    await lane.command("XGROUP", "CREATECONSUMER", lane.keys.stream, lane.group, WAITING)
    now = await level(lane)
    assert (now.pending, now.retrying, now.consumers, now.workers) == (1, 1, 1, 1)
    assert now.connections >= 1


async def test_connections_are_compared_with_those_of_a_first_burst(lane: Lane) -> None:
    samples = Samples()
    await samples.weigh(SimpleNamespace(lane=lane))  # type: ignore[arg-type]
    ((at, count),) = samples.connections
    assert count >= 1
    counts = {100: 60, 130: 62, 255: 70, 275: 72, 290: 99, 301: 84, 320: 80, 329: 80, 340: 90}
    samples.connections += [(at + second, count) for second, count in counts.items()]
    assert samples.warm_connections([]) == 60
    # 60, and from 71 to 80: neither what grew before it nor the most within it.
    burst = Happening("storm", round((at + 280) * 1000), round((at + 300) * 1000))
    assert samples.warm_connections([burst, Happening("kill web", 0, 1)]) == 69
    early = Happening("storm", round((at + 50) * 1000), round((at + 90) * 1000))
    assert samples.warm_connections([early]) == count


def test_the_course_of_each_incarnation_is_its_own() -> None:
    samples = Samples()
    process = SimpleNamespace(name="web-1", pid=os.getpid())
    world: Any = SimpleNamespace(all_processes=lambda: [process])
    samples.measure(world)
    samples.measure(world)  # so soon after, it is no new point
    process.pid = os.getppid()
    samples.measure(world)
    assert [(each.name, len(each.resident)) for each in samples.lifetimes] == [("web-1", 1)] * 2
    assert all(size > 1_000_000 for each in samples.lifetimes for _, size in each.resident)
