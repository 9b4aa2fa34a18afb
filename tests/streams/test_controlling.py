"""How the workers stand, and what is asked of them and of all processing."""

from orderstream.streams.controlling import ask, ask_concurrency, forget, pause, resume, standing, standings
from orderstream.streams.liveness import Asked, beat
from tests.streams.scene import COMPLETED, LEASE_MS, Scene

DETAILS = {
    "host": "nara",
    "pid": 4711,
    "started_at": "1700000000.250",
    "concurrency": 20,
    "completed": 3,
    "failed": 1,
    "busy_ms": 1234,
    "version": "0.1.0",
    "mode": "running",
}


async def reports(scene: Scene, name: str, **details: object) -> None:
    await beat(scene.lane, name, lease_ms=LEASE_MS, sweep_every_ms=0, fields=DETAILS | details)


async def test_a_worker_stands_as_it_says_itself_and_as_the_server_counts(scene: Scene) -> None:
    ann = scene.workers[0]
    await ann.take(await scene.placed(2))
    await reports(scene, "ann")
    await ask(scene.lane, "ann", Asked.DRAIN)
    await ask_concurrency(scene.lane, "ann", 5)
    found = await standing(scene.lane, "ann")
    assert found is not None
    assert (found.state, found.asked, found.in_hand) == ("alive", Asked.DRAIN, 2)
    assert (found.concurrency, found.concurrency_asked) == (20, 5)
    assert (found.completed, found.failed, found.busy_ms) == (3, 1, 1234)
    assert (found.host, found.pid, found.version) == ("nara", 4711, "0.1.0")
    assert found.started_at == 1_700_000_000_250
    assert (found.beat_at, found.alive_until) == (scene.clock.now_ms, scene.clock.now_ms + LEASE_MS)
    assert await standing(scene.lane, "eve") is None


async def test_a_worker_is_alive_paused_draining_or_lost(scene: Scene) -> None:
    await reports(scene, "ann", mode="paused")
    await reports(scene, "bob", mode="draining", pid="many", started_at="soon")
    ann, bob = (await standings(scene.lane)).workers
    assert (ann.state, bob.state) == ("paused", "draining")
    assert (bob.pid, bob.started_at) == (None, None)
    scene.clock.advance(LEASE_MS)
    await scene.lane.command("DEL", scene.lane.keys.worker("ann"))
    ann, bob = (await standings(scene.lane)).workers
    assert (ann.state, bob.state) == ("lost", "lost")
    assert (ann.concurrency, ann.completed, ann.host, ann.beat_at) == (None, None, None, None)


async def test_a_pause_of_all_is_shown_until_it_ends(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await pause(scene.lane)
    assert (await standings(scene.lane)).paused
    await ann.read()
    assert await ann.reasons(ids) == ["paused"]
    await resume(scene.lane)
    assert not (await standings(scene.lane)).paused
    assert await ann.reasons(ids) == ["begun"]


async def test_without_a_group_nothing_is_pending(scene: Scene) -> None:
    await scene.lose_group()
    assert [worker.in_hand for worker in (await standings(scene.lane)).workers] == [0, 0]


async def test_a_lost_worker_is_forgotten_once_nothing_is_pending_for_it(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    assert not await forget(scene.lane, "ann")  # alive
    await scene.dies(ann)
    assert not await forget(scene.lane, "ann")  # an order is pending
    assert await ann.codes(fences, COMPLETED) == ["recorded"]
    assert await forget(scene.lane, "ann")
    assert [worker.name for worker in (await standings(scene.lane)).workers] == ["bob"]
