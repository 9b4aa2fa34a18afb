"""Every test of the stream's doors asks both servers, with a clock that the test turns."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.mutants.library import mutated_scripts
from tests.servers import SERVERS
from tests.streams.auditing import House
from tests.streams.scene import Clock, Scene


@pytest.fixture(params=SERVERS)
def redis_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fill(redis_url: str) -> Iterator[SyncRedis]:
    """Its `config_set` fills the server; afterwards there is room again."""
    with SyncRedis.from_url(redis_url) as client:
        yield client
        client.config_set("maxmemory", 0)


@pytest.fixture
async def lane(client: Redis, keys: Keys, clock: Clock) -> Lane:
    """An empty lane with its group, on the test's own clock, perhaps with one broken script."""
    lane = Lane(client, keys, clock=clock, scripts=mutated_scripts())
    await lane.ensure_group()
    return lane


@pytest.fixture
async def scene(lane: Lane, clock: Clock) -> AsyncIterator[Scene]:
    """Two living workers and no calm; whatever the test did, the log must fold to the state at its end."""
    scene = Scene(lane, clock)
    await scene.open("ann", "bob")
    yield scene
    await scene.check()


@pytest.fixture
async def house(lane: Lane, clock: Clock) -> House:
    """Not a `scene`: at its end nothing holds any more."""
    scene = Scene(lane, clock)
    await scene.open("ann", "bob")
    return await House(scene).fill()
