"""What is read in the end of a run, from a real server and a real PostgreSQL, and looks at it on the way."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from orderstream.domain.outcomes import Rejected
from orderstream.streams.lane import Lane
from tests.chaos import effects, facts
from tests.chaos.folding import folded
from tests.chaos.samples import YOUNG, Samples
from tests.orders import foreign_entry, placed_orders
from tests.postgres import running_postgres
from tests.streams.scene import Worker

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    with running_postgres() as url:
        effects.prepare(url)
        yield url


@pytest.fixture
def world(lane: Lane, database_url: str, tmp_path: Path) -> Any:
    process = SimpleNamespace(name="web-1", pid=os.getpid())
    return SimpleNamespace(
        lane=lane, database_url=database_url, folder=tmp_path, all_processes=lambda: [process]
    )


async def test_all_that_redis_holds_is_read_and_the_events_fold_to_it(world: Any, lane: Lane) -> None:
    ids = await placed_orders(lane, 4, reference="by-hand")
    worker = Worker(lane, "w-1")
    assert await worker.read(3) == ids[:3]
    fences = await worker.begun(ids[:2])
    await worker.finish({ids[0]: fences[ids[0]]}, Rejected("BadOrder", "no such product"))

    found = await facts.read(world, is_quiet=False)
    assert list(found.entries) == ids
    assert found.entries[ids[0]]["reference"] == "by-hand"
    assert found.pending == {ids[1]: "w-1", ids[2]: "w-1"}
    assert found.failed == [ids[0]]
    assert found.totals["failed"] == found.totals["processing"] == 1
    assert (found.lag, found.is_quiet, found.is_still) == (1, False, True)
    histories = facts.by_order(found.events)
    folds = {i: folded(i, history, attempts=3) for i, history in histories.items()}
    assert {i: fold.hash for i, fold in folds.items()} == found.hashes
    assert [fold.broken for fold in folds.values()] == [None] * 4
    assert await facts.unfinished(world) == 3
    assert found.truth.rows[ids[0]] == (3, "failed")


async def test_what_nobody_took_notice_of_is_unfinished_too(world: Any, lane: Lane) -> None:
    assert await facts.unfinished(world) == 0
    await foreign_entry(lane, {"hello": "world"})
    assert await facts.unfinished(world) == 1


async def test_every_effect_is_counted(world: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as database:
        for order_id in ("1-0", "2-0", "1-0"):
            database.execute("INSERT INTO chaos_effects VALUES (%s, 1, 1)", [order_id])
    assert (await facts.read(world)).effects == {"1-0": 2, "2-0": 1}


async def test_totals_that_do_not_add_up_are_noticed_on_the_way(world: Any, lane: Lane) -> None:
    samples = Samples()
    await placed_orders(lane, 2)
    await samples.weigh(world)
    assert (samples.totals, samples.unbalanced) == (1, [])
    await lane.client.hincrby(lane.keys.totals, "pending", 1)
    await samples.weigh(world)
    assert samples.totals == 2
    assert len(samples.unbalanced) == 1


def test_memory_is_the_most_and_open_files_are_those_of_now(world: Any, tmp_path: Path) -> None:
    samples = Samples()
    samples.measure(world)
    before = samples.processes["web-1"]
    assert before.resident > 10 << 20
    for _ in range(YOUNG):
        samples.measure(world)
    opened = [(tmp_path / str(number)).open("w") for number in range(5)]
    samples.measure(world)
    after = samples.processes["web-1"]
    for each in opened:
        each.close()
    assert after.files_after == after.files_before + 5
    assert after.resident >= before.resident
