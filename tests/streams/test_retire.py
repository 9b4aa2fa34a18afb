"""`retire`: a worker leaves the group only when nothing is pending for it."""

from orderstream.streams.figures import workers
from orderstream.streams.liveness import retire
from tests.streams.scene import COMPLETED, LEASE_MS, Scene


async def consumers(scene: Scene) -> set[str]:
    rows = await scene.lane.command("XINFO", "CONSUMERS", scene.lane.keys.stream, scene.lane.group)
    return {row[1] for row in rows}


async def test_a_worker_with_nothing_in_hand_leaves_without_a_trace(scene: Scene) -> None:
    ann = scene.workers.pop(0)
    await ann.finish(await ann.take(await scene.placed(1)), COMPLETED)
    await scene.control(**{"asked:ann": "drain", "concurrency:ann": 4})
    assert await retire(scene.lane, "ann")
    assert [row.name for row in await workers(scene.lane)] == ["bob"]
    assert "ann" not in await consumers(scene)
    assert await scene.lane.command("EXISTS", scene.lane.keys.worker("ann")) == 0
    control = await scene.lane.command("HKEYS", scene.lane.keys.control)
    assert [name for name in control if name.endswith(":ann")] == []


async def test_what_is_pending_is_not_destroyed(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    assert not await retire(scene.lane, "ann")
    assert await scene.holder(ids[0]) == "ann"


async def test_a_living_worker_is_not_retired_by_another(scene: Scene) -> None:
    assert not await retire(scene.lane, "ann", "dead")
    scene.clock.advance(LEASE_MS)
    assert await retire(scene.lane, "ann", "dead")


async def test_in_a_calm_only_an_operator_retires_who_may_live(scene: Scene) -> None:
    """After an outage the first to beat sweeps, and the others have not beaten yet."""
    await scene.control(**{"asked:ann": "pause", "concurrency:ann": 4})
    scene.clock.advance(10 * LEASE_MS)
    assert not await retire(scene.lane, "ann", "judged")  # no beat has noticed the outage yet
    await scene.workers[1].beat()
    assert not await retire(scene.lane, "ann", "judged")
    assert (await scene.workers[0].beat()).asked == "pause"
    assert (await scene.workers[0].beat()).concurrency == 4

    scene.clock.advance(2 * LEASE_MS)
    assert await retire(scene.lane, "ann", "dead")


async def test_moments_that_are_no_numbers_keep_nobody_from_being_judged(scene: Scene) -> None:
    await scene.control(calm_until="soon", silent_from="never")
    scene.clock.advance(LEASE_MS)
    assert await retire(scene.lane, "ann", "judged")


async def test_who_is_dead_when_the_calm_is_over_is_retired(scene: Scene) -> None:
    scene.clock.advance(10 * LEASE_MS)
    for _ in range(5):
        await scene.workers[1].beat()
        scene.clock.advance(LEASE_MS // 4)
    assert await retire(scene.lane, "ann", "judged")
