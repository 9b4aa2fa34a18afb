"""A house full of orders, on a clock that the test turns."""

from collections.abc import Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from orderstream import conf
from orderstream.configuration import reading
from orderstream.configuration.values import Stored
from orderstream.streams.lane import Lane
from tests.streams.auditing import House
from tests.streams.scene import Clock, Scene


@pytest.fixture(autouse=True)
def _as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No manager chose anything, and this process has read so."""
    monkeypatch.setattr(reading, "_has_read", True)
    yield
    conf.know(Stored())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def lane(client: Redis, keys: Any, clock: Clock) -> Lane:
    lane = Lane(client, keys, clock=clock)
    await lane.ensure_group()
    return lane


@pytest.fixture
async def house(lane: Lane, clock: Clock) -> House:
    scene = Scene(lane, clock)
    await scene.open("ann", "bob")
    return await House(scene).fill()
