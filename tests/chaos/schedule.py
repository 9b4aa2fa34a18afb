"""When which fault strikes, by the seed alone; and the keeping of that schedule."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Final

from tests.chaos.done import Broken, Fault
from tests.chaos.facts import Breach
from tests.chaos.world import World
from tests.waiting import passed

NAME: Final = "faults.jsonl"
LONGEST_SECONDS: Final = 200.0


@dataclass(frozen=True, slots=True)
class Strike:
    """`seed` is that of the fault's own choices."""

    at_seconds: float
    name: str
    seed: str


@dataclass(frozen=True, slots=True)
class Struck:
    """What became of it. Times in Unix seconds; `failure`: the fault itself could not be done as meant.
    `breach`: the promise that it saw broken. `silent_seconds`: for so long, up to its end, nobody at all
    reached the server."""

    name: str
    what: str
    began_at: float
    healed_at: float
    has_hit: bool
    failure: str = ""
    breach: Breach | None = None
    silent_seconds: float = 0.0


def of(seed: int, names: Sequence[str], count: int, span_seconds: float) -> list[Strike]:
    """Evenly spread with some jitter; every name comes before any comes twice."""
    rng, chosen = Random(f"{seed} schedule"), list[str]()
    while len(chosen) < count:
        chosen += rng.sample(names, len(names))
    slot = span_seconds / max(1, count)
    return [
        Strike(round((n + rng.random()) * slot, 2), name, f"{seed} {n} {name}")
        for n, name in enumerate(chosen[:count])
    ]


async def keep(
    world: World, strikes: Sequence[Strike], catalogue: Mapping[str, Fault], told: Callable[[Struck], None]
) -> list[Struck]:
    """Let each strike at its time; they may overlap. What became of them is also written to a file."""
    began = time.monotonic()

    async def one(strike: Strike) -> Struck:
        await passed(max(0.0, began + strike.at_seconds - time.monotonic()))
        struck = await _struck(world, strike, catalogue[strike.name])
        with (world.folder / NAME).open("a") as file:
            file.write(json.dumps(asdict(struck)) + "\n")
        told(struck)
        return struck

    return list(await asyncio.gather(*map(one, strikes)))


async def _struck(world: World, strike: Strike, fault: Fault) -> Struck:
    began_at = time.time()
    try:
        done = await asyncio.wait_for(fault(world, Random(strike.seed)), LONGEST_SECONDS)
    except Broken as broken:
        what, now = broken.breach.text, time.time()
        return Struck(strike.name, what, began_at, now, has_hit=True, breach=broken.breach)
    except Exception as error:
        return Struck(strike.name, "", began_at, time.time(), has_hit=False, failure=repr(error))
    return Struck(
        strike.name, done.what, began_at, done.healed_at, done.has_hit, silent_seconds=done.silent_seconds
    )
