"""`beat`: alive-until, requests, calm after an outage, one turn to sweep per interval."""

import pytest

from orderstream.streams.figures import set_control, workers
from orderstream.streams.liveness import Asked
from orderstream.streams.operating import cancel
from tests.streams.scene import COMPLETED, LEASE_MS, Scene


async def calm_until(scene: Scene) -> int:
    return int(await scene.lane.command("HGET", scene.lane.keys.control, "calm_until"))


async def test_a_worker_is_alive_for_one_lease_after_its_beat(scene: Scene) -> None:
    ann = scene.workers[0]
    await ann.beat()
    [row, _] = await workers(scene.lane)
    assert (row.name, row.alive_until_ms) == ("ann", scene.clock.now_ms + LEASE_MS)
    assert row.is_alive
    assert row.details["host"] == "here"
    scene.clock.advance(LEASE_MS)
    [row, _] = await workers(scene.lane)
    assert not row.is_alive


async def test_what_is_shown_of_a_worker_dies_with_its_lease(scene: Scene) -> None:
    await scene.workers[0].beat()
    assert 0 < await scene.lane.command("PTTL", scene.lane.keys.worker("ann")) <= LEASE_MS


async def test_there_is_no_calm_while_beats_flow(scene: Scene) -> None:
    await scene.pass_time(3 * LEASE_MS)
    assert await calm_until(scene) <= scene.clock.now_ms


async def test_after_an_outage_nobody_is_judged_for_a_lease(scene: Scene) -> None:
    scene.clock.advance(LEASE_MS // 2 + 1)
    await scene.workers[0].beat()
    assert await calm_until(scene) == scene.clock.now_ms + LEASE_MS


async def test_a_clock_that_goes_back_is_an_outage_too(scene: Scene) -> None:
    await scene.pass_time(60_000)
    scene.clock.advance(-30_000)
    await scene.workers[0].beat()
    assert await calm_until(scene) == scene.clock.now_ms + LEASE_MS


async def test_a_calm_that_a_clock_in_the_future_declared_ends_in_time(scene: Scene) -> None:
    await scene.control(calm_until=scene.clock.now_ms + 10 * LEASE_MS)
    await scene.workers[0].beat()
    assert await calm_until(scene) == scene.clock.now_ms + LEASE_MS


async def test_a_lease_that_control_names_counts_for_every_worker(scene: Scene) -> None:
    await set_control(scene.lane, {"lease_ms": 7_000})
    told = [await worker.beat() for worker in scene.workers]
    assert {answer.lease_ms for answer in told} == {7_000}
    assert {row.alive_until_ms for row in await workers(scene.lane)} == {scene.clock.now_ms + 7_000}
    assert 5_000 < await scene.lane.command("PTTL", scene.lane.keys.worker("ann")) <= 7_000
    await set_control(scene.lane, {"lease_ms": ""})
    assert [(await worker.beat()).lease_ms for worker in scene.workers] == [LEASE_MS] * 2


@pytest.mark.parametrize("garbage", ["long", "7 s"])
async def test_a_lease_that_is_no_number_is_not_heard(scene: Scene, garbage: str) -> None:
    await set_control(scene.lane, {"lease_ms": garbage})
    assert (await scene.workers[0].beat()).lease_ms == LEASE_MS


@pytest.mark.parametrize(("before", "after"), [("", 7_000), (7_000, LEASE_MS), (7_000, "")])
async def test_another_lease_is_followed_by_one_calm(
    scene: Scene, before: str | int, after: str | int
) -> None:
    ann, bob = scene.workers
    await set_control(scene.lane, {"lease_ms": before})
    await scene.pass_time(20_000)
    assert await calm_until(scene) <= scene.clock.now_ms
    await set_control(scene.lane, {"lease_ms": after})
    calm = scene.clock.now_ms + int(after or LEASE_MS)
    await ann.beat()
    assert await calm_until(scene) == calm
    scene.clock.advance(10)
    await bob.beat()
    assert await calm_until(scene) == calm


async def test_who_died_under_a_longer_lease_is_dead_when_the_calm_after_a_shorter_one_ends(
    scene: Scene,
) -> None:
    ann, bob = scene.workers
    await set_control(scene.lane, {"lease_ms": 3_600_000})
    await ann.beat()
    scene.clock.advance(5_000)
    await set_control(scene.lane, {"lease_ms": 7_000})
    await bob.beat()
    assert {row.alive_until_ms for row in await workers(scene.lane)} == {await calm_until(scene)}
    scene.clock.advance(10)
    await bob.beat()
    alive_until = {row.name: row.alive_until_ms for row in await workers(scene.lane)}
    assert alive_until == {"ann": scene.clock.now_ms + 6_990, "bob": scene.clock.now_ms + 7_000}


async def test_one_worker_has_the_turn_to_sweep_in_each_interval(scene: Scene) -> None:
    ann, bob = scene.workers
    scene.clock.advance(300)
    turns = [(await worker.beat(sweep_every_ms=300)).sweep_turn for worker in (ann, bob, ann, bob)]
    assert turns == [True, False, False, False]
    scene.clock.advance(300)
    assert [(await worker.beat(300)).sweep_turn for worker in (bob, ann)] == [True, False]


async def test_a_turn_that_was_taken_in_the_future_does_not_stop_the_sweep(scene: Scene) -> None:
    await scene.control(sweep_at=scene.clock.now_ms + 60_000)
    assert (await scene.workers[0].beat(sweep_every_ms=300)).sweep_turn


async def test_requests_reach_the_worker_that_they_name_and_can_be_withdrawn(scene: Scene) -> None:
    ann, bob = scene.workers
    quiet = await ann.beat(10**9)
    assert (quiet.paused, quiet.asked, quiet.concurrency) == (False, Asked.NOTHING, None)
    assert (quiet.config_version, quiet.sweep_turn, quiet.cancels) == ("0", False, ())
    await set_control(
        scene.lane, {"paused": 1, "asked:ann": "drain", "concurrency:ann": 7, "config_version": 3}
    )
    told = await ann.beat(10**9)
    assert (told.paused, told.asked, told.concurrency) == (True, Asked.DRAIN, 7)
    assert told.config_version == "3"
    other = await bob.beat(10**9)
    assert (other.paused, other.asked, other.concurrency) == (True, Asked.NOTHING, None)
    await set_control(scene.lane, {"paused": "", "concurrency:ann": ""})
    told = await ann.beat(10**9)
    assert (told.paused, told.asked, told.concurrency) == (False, Asked.DRAIN, None)


@pytest.mark.parametrize("garbage", ["", "0", "-1", "10001", "many", "1.5", "١٢", "9" * 5_000])
async def test_what_nobody_can_have_asked_is_not_heard(scene: Scene, garbage: str) -> None:
    await set_control(scene.lane, {"asked:ann": garbage, "concurrency:ann": garbage})
    told = await scene.workers[0].beat()
    assert (told.asked, told.concurrency) == (Asked.NOTHING, None)


async def test_a_cancel_is_told_to_its_worker_until_the_order_ends(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await cancel(scene.lane, ids[:1], actor="user:boss")
    assert (await bob.beat()).cancels == ()
    assert (await ann.beat()).cancels == (ids[0],)
    assert (await ann.beat()).cancels == (ids[0],)
    await ann.finish(fences, COMPLETED)
    assert (await ann.beat()).cancels == ()
