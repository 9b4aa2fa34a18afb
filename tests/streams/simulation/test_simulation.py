"""Runs the simulation over many seeds. SIMULATION_SEEDS says how many, SIMULATION_FIRST where they begin."""

import os

import pytest
from redis.asyncio import Redis

from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.mutants.library import mutated_scripts
from tests.servers import SERVERS
from tests.streams.scene import Clock
from tests.streams.simulation.runs import run

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))
FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))
# Each test takes a share, so that several processes can take part; the shares alternate between the servers.
SHARE = 10


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, first: int) -> str:
    url: str = request.getfixturevalue(SERVERS[first // SHARE % len(SERVERS)])
    return url


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, SHARE))
async def test_what_always_holds_holds_in_every_interleaving(client: Redis, keys: Keys, first: int) -> None:
    for seed in range(first, min(first + SHARE, FIRST + SEEDS)):
        clock = Clock()
        own = Keys(f"{keys.prefix}:{seed}", f"{keys.status_prefix}{seed}:")
        lane = Lane(client, own, clock=clock, scripts=mutated_scripts())
        await lane.ensure_group()
        try:
            await run(lane, clock, seed)
        except AssertionError as broken:
            raise AssertionError(f"seed {seed}: {broken}") from broken
