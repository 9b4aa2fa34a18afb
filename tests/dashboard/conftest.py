"""A lobby on the test's own lane; whatever a test does, the feed must end with its last socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from dashboard.access import Standing
from dashboard.lobby import Lobby
from orderstream import conf
from orderstream.configuration.bounds import FeedConf
from orderstream.streams.lane import Lane
from tests.dashboard.asking import Asker
from tests.dashboard.doing import Worker
from tests.dashboard.watching import Watcher
from tests.web import _nothing_left_open, close_all  # noqa: F401 # a fixture

Watch = Callable[..., Awaitable[Watcher]]


@pytest.fixture
def bounds() -> FeedConf:
    return FeedConf(silence=timedelta(seconds=30), rights_age=timedelta(seconds=60))


@pytest.fixture
async def lane(namespace: str) -> AsyncIterator[Lane]:
    """The web process's own lane, with its group."""
    lane = conf.lane()
    await lane.ensure_group()
    yield lane
    await conf.close_lanes()


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    """One that lives, with nothing in hand."""
    return await Worker(lane, "kobe-1").beat()


async def everybody(session_key: str) -> Standing:
    """Watchers have no session in the database."""
    return Standing.WELCOME


@pytest.fixture
async def lobby(lane: Lane, bounds: FeedConf) -> AsyncIterator[Lobby]:
    lobby = Lobby(bounds, everybody)
    yield lobby
    assert lobby.feed is None, "the feed outlived its sockets"
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("feed")]


@pytest.fixture
async def watch(lobby: Lobby) -> AsyncIterator[Watch]:
    """Opens watchers, and closes them in the end."""
    watchers: list[Watcher] = []

    async def open_one(cursor: str | None = None, *, to: Lobby = lobby, **given: object) -> Watcher:
        watcher = Watcher(to, **given)
        watchers.append(watcher)
        return await watcher.enter(cursor)

    yield open_one
    for watcher in watchers:
        await watcher.leave()


@pytest.fixture
def ask(transactional_db: None) -> Iterator[Asker]:
    with asyncio.Runner() as runner:
        yield Asker(runner)
        runner.run(close_all())
