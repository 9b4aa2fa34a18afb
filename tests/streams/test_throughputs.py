"""Workers' throughputs of a span: one sample for each step, nothing where nobody measured."""

from orderstream.streams import throughputs as module
from orderstream.streams.lane import Lane
from orderstream.streams.throughputs import throughputs

STEP = 15_000


async def sample(lane: Lane, at_ms: int, **figures: object) -> None:
    words = [part for name, value in figures.items() for part in (f"worker:{name}", value)]
    await lane.command("XADD", lane.keys.metrics, f"{at_ms}-0", "at", at_ms, "lag", 3, *words)


async def test_the_first_sample_of_each_step_counts(lane: Lane) -> None:
    await sample(lane, 2 * STEP + 1, ann=1)
    await sample(lane, 2 * STEP + 2, ann=9)
    await sample(lane, 4 * STEP, ann=2, bob=3)
    found = await throughputs(lane, 2 * STEP + 7, STEP, 4)
    assert (found.since_ms, found.step_ms) == (2 * STEP, STEP)
    assert found.by_worker == {"ann": [1.0, None, 2.0, None], "bob": [None, None, 3.0, None]}


async def test_what_is_no_number_hides_no_other(lane: Lane) -> None:
    await sample(lane, STEP, ann="x", bob="nan", carl="inf", dora="-1", eve=4)
    assert (await throughputs(lane, STEP, STEP, 1)).by_worker == {"eve": [4.0]}


async def test_steps_are_bounded(lane: Lane) -> None:
    assert (await throughputs(lane, 0, STEP, 10**6)).by_worker == {}
    assert module.STEPS_MAX == 300
