"""The schedule follows from the seed, brings every kind before any twice, and is kept side by side."""

import asyncio
import json
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.chaos import schedule
from tests.chaos.done import Broken, Done
from tests.chaos.faults import CATALOGUE
from tests.waiting import passed

NAMES = list(CATALOGUE)


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    assert schedule.of(7, NAMES, 40, 100) == schedule.of(7, NAMES, 40, 100)
    assert schedule.of(7, NAMES, 40, 100) != schedule.of(8, NAMES, 40, 100)


def test_every_kind_comes_before_any_comes_twice_and_all_within_the_time() -> None:
    strikes = schedule.of(3, NAMES, len(NAMES) + 5, 100)
    assert {strike.name for strike in strikes[: len(NAMES)]} == set(NAMES)
    assert len(strikes) == len(NAMES) + 5
    assert [s.at_seconds for s in strikes] == sorted(s.at_seconds for s in strikes)
    assert all(0 <= strike.at_seconds <= 100 for strike in strikes)


async def test_faults_overlap_and_one_that_cannot_be_done_is_told_apart(tmp_path: Path) -> None:
    both_run = asyncio.Barrier(2)

    async def meets(_world: Any, rng: Random) -> Done:
        await asyncio.wait_for(both_run.wait(), 5)
        return Done(f"met with {rng.random():.3f}", has_hit=True)

    async def fails(_world: Any, _rng: Random) -> Done:
        await passed(0)
        raise RuntimeError("cannot")

    async def sees(_world: Any, _rng: Random) -> Done:
        await passed(0)
        raise Broken("up", "web-1", "never came again")

    world: Any = SimpleNamespace(folder=tmp_path)
    told: list[schedule.Struck] = []
    strikes = [
        schedule.Strike(0.0, name, f"{n}") for n, name in enumerate(("meets", "meets", "fails", "sees"))
    ]
    faults = {"meets": meets, "fails": fails, "sees": sees}
    struck = await schedule.keep(world, strikes, faults, told.append)
    assert [each.has_hit for each in struck] == [True, True, False, True]
    assert struck[2].failure == "RuntimeError('cannot')"
    assert struck[0].what != struck[1].what
    written = [json.loads(line) for line in (tmp_path / schedule.NAME).read_text().splitlines()]
    assert [(line["name"], line["failure"]) for line in written] == [
        (each.name, each.failure) for each in told
    ]
    assert [each.breach and each.breach.subject for each in struck] == [None, None, None, "web-1"]
