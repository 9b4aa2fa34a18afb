"""Samples are kept finely for an hour, coarsely for longer."""

import pytest

from orderstream.streams.buckets import Grid
from orderstream.streams.codec import id_ms
from orderstream.streams.lane import Lane
from orderstream.streams.metrics import (
    Sample,
    add_sample,
    finest_step_ms,
    history,
    newest_sample,
    samples,
    thin,
    worker_figure,
    worker_of,
)
from tests.streams.scene import Clock
from tests.streams.test_buckets import columns

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


async def put(lane: Lane, *at_ms: int) -> None:
    for at in sorted(at_ms):
        await lane.command("XADD", lane.keys.metrics, f"{at}-0", "at", at, "lag", 1)


async def left(lane: Lane) -> list[int]:
    return [id_ms(row[0]) for row in await lane.command("XRANGE", lane.keys.metrics, "-", "+")]


async def test_a_sample_comes_back_as_it_was(lane: Lane) -> None:
    assert await newest_sample(lane) is None
    sample = Sample(1_700_000_000_000, {"lag": 3.0, "placed": 1_234_567_890.0, "p95": 0.125})
    entry_id = await add_sample(lane, sample)
    assert await newest_sample(lane) == sample
    assert await samples(lane, id_ms(entry_id), id_ms(entry_id), 10) == [sample]
    assert await samples(lane, id_ms(entry_id) + 1, id_ms(entry_id) + 9, 10) == []


async def test_what_is_younger_than_an_hour_stays(lane: Lane, clock: Clock) -> None:
    young = [clock.now_ms - HOUR + 1 + n * SECOND for n in range(10)]
    await put(lane, *young)
    assert await thin(lane) == (0, "-")
    assert await left(lane) == young


async def test_of_older_ones_one_stays_in_each_step(lane: Lane, clock: Clock) -> None:
    base = clock.now_ms - clock.now_ms % (10 * MINUTE)
    old = [base - 2 * HOUR + n * SECOND for n in range(30)]
    older = [base - 2 * DAY + n * MINUTE for n in range(15)]
    await put(lane, *old, *older)
    assert await thin(lane) == (27 + 12, "-")
    assert await left(lane) == [*older[::5], *old[::10]]


async def test_what_is_older_than_90_days_goes(lane: Lane, clock: Clock) -> None:
    # Whole nodes only: the server trims by 100 entries or so.
    ancient = [clock.now_ms - 91 * DAY + n * 5 * MINUTE for n in range(250)]
    await put(lane, *ancient)
    await thin(lane)
    assert len(await left(lane)) < 101


async def test_a_long_past_is_thinned_page_by_page(lane: Lane, clock: Clock) -> None:
    base = clock.now_ms - clock.now_ms % MINUTE - 3 * HOUR
    await put(lane, *[base + n * SECOND for n in range(1_100)])
    cursor, gone, pages = "-", 0, 0
    while cursor != "-" or not pages:
        removed, cursor = await thin(lane, cursor)
        gone, pages = gone + removed, pages + 1
    assert pages == 3
    # A page's first sample stays, it may be the first of its step.
    assert gone == 1_100 - 110


async def test_a_history_of_many_pages_leaves_nothing_out(lane: Lane, clock: Clock) -> None:
    base = clock.now_ms - clock.now_ms % (10 * MINUTE) - HOUR
    await put(lane, *[base + n * SECOND for n in range(450)], base + 590 * SECOND)
    grid = Grid.over(base, base + 10 * MINUTE - 1, MINUTE)
    assert columns(await history(lane, grid, lambda name: name == "lag")) == {"lag": [1] * 8 + [None, 1]}


async def test_only_what_is_wanted_is_read(lane: Lane, clock: Clock) -> None:
    await put(lane, clock.now_ms)
    assert columns(await history(lane, Grid.over(clock.now_ms, clock.now_ms), lambda _name: False)) == {}


async def test_what_is_no_number_hides_nothing(lane: Lane, clock: Clock) -> None:
    now = clock.now_ms
    garbage = {"at": "soon", "lag": "many", "in_hand": "nan", "waiting": "inf", "placed": "7"}
    await lane.client.xadd(lane.keys.metrics, garbage, id=f"{now}-0")
    assert columns(await history(lane, Grid.over(now, now), lambda _name: True)) == {"placed": [7]}
    assert await newest_sample(lane) == Sample(now, {"placed": 7})


@pytest.mark.parametrize(
    ("age", "step"),
    [
        (15 * MINUTE, 2_000),
        (HOUR + SECOND, 2_000),
        (HOUR + MINUTE, 10_000),
        (DAY + MINUTE, 10_000),
        (25 * HOUR, 300_000),
    ],
)
def test_buckets_are_not_finer_than_the_samples_that_are_left(age: int, step: int) -> None:
    assert finest_step_ms(9 * DAY - age, 9 * DAY) == step


def test_a_workers_figure_names_its_worker() -> None:
    assert worker_of(worker_figure("kobe-1:x")) == "kobe-1:x"
    assert worker_of("placed") is None
