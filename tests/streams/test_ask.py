"""`ask`: what operators ask of one worker, and who hears it."""

import pytest

from orderstream.streams.controlling import ask, ask_concurrency
from orderstream.streams.liveness import Asked
from tests.streams.scene import LEASE_MS, Scene


async def control(scene: Scene) -> dict[str, str]:
    fields: dict[str, str] = await scene.lane.command("HGETALL", scene.lane.keys.control)
    return {name: value for name, value in fields.items() if ":" in name}


@pytest.mark.parametrize("what", [Asked.PAUSE, Asked.DRAIN, Asked.STOP])
async def test_the_worker_that_is_asked_hears_it_and_no_other(scene: Scene, what: Asked) -> None:
    ann, bob = scene.workers
    assert await ask(scene.lane, "ann", what) == "asked"
    assert (await ann.beat()).asked is what
    assert (await bob.beat()).asked is Asked.NOTHING


async def test_what_was_asked_last_counts_and_can_be_withdrawn(scene: Scene) -> None:
    ann = scene.workers[0]
    for what in (Asked.PAUSE, Asked.DRAIN, Asked.PAUSE, Asked.NOTHING):
        assert await ask(scene.lane, "ann", what) == "asked"
        assert (await ann.beat()).asked is what
    assert await control(scene) == {}


async def test_a_stop_may_be_asked_again_and_not_withdrawn(scene: Scene) -> None:
    await ask(scene.lane, "ann", Asked.STOP)
    for what in (Asked.NOTHING, Asked.PAUSE, Asked.DRAIN):
        assert await ask(scene.lane, "ann", what) == "stopping"
    assert await ask(scene.lane, "ann", Asked.STOP) == "asked"
    assert await ask_concurrency(scene.lane, "ann", 4) == "asked"
    assert await control(scene) == {"asked:ann": "stop", "concurrency:ann": "4"}


async def test_a_concurrency_is_asked_and_withdrawn(scene: Scene) -> None:
    ann = scene.workers[0]
    assert await ask_concurrency(scene.lane, "ann", 7) == "asked"
    assert (await ann.beat()).concurrency == 7
    assert await ask_concurrency(scene.lane, "ann", None) == "asked"
    assert (await ann.beat()).concurrency is None
    assert await control(scene) == {}


async def test_of_a_lost_or_unknown_worker_nothing_is_asked(scene: Scene) -> None:
    scene.clock.advance(LEASE_MS)
    for name, code in {"ann": "lost", "eve": "unknown", "@waiting": "unknown"}.items():
        assert await ask(scene.lane, name, Asked.PAUSE) == code
        assert await ask_concurrency(scene.lane, name, 7) == code
    assert await control(scene) == {}
