"""Real keeper processes: killed, stopped, and without Redis."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orderstream.streams.connection import connect
from orderstream.streams.lane import Lane
from orderstream.streams.metrics import newest_sample
from tests.servers import running, valkey_binary
from tests.stack.commands import Command
from tests.waiting import wait_until
from workers.keeper.keeper import LEASE

pytestmark = pytest.mark.system
Start = Callable[[], Command]


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A server of our own: it is stopped for a while."""
    with running(valkey_binary()) as url:
        yield url


@pytest.fixture
def start(redis_url: str, namespace: str, tmp_path: Path) -> Iterator[Start]:
    environment = {**os.environ, "REDIS_URL": redis_url, "ORDERSTREAM_KEY_PREFIX": namespace}
    started: list[Command] = []

    def one() -> Command:
        started.append(Command(tmp_path / str(len(started)), environment, "runkeeper"))
        return started[-1]

    yield one
    for command in started:
        command.kill()


async def samples_since(lane, at_ms: int) -> bool:
    newest = await newest_sample(lane)
    return newest is not None and newest.at_ms > at_ms


async def keeps_house(lane, keeper) -> None:
    await wait_until(lambda: "keeping house" in keeper.text, 20)
    now = await lane.now_ms()
    await wait_until(lambda: samples_since(lane, now))


async def test_when_a_keeper_is_killed_another_follows_after_its_lease(lane, start):
    first = start()
    await keeps_house(lane, first)
    second = start()
    first.kill()
    await wait_until(lambda: "keeping house" in second.text, LEASE.total_seconds() + 15)
    await keeps_house(lane, second)


async def test_a_keeper_that_is_told_to_stop_gives_the_lease_back(lane, client, keys, start):
    keeper = start()
    await keeps_house(lane, keeper)
    keeper.send(signal.SIGTERM)
    assert keeper.process.wait(5) == 0
    assert not await client.exists(keys.keeper)
    assert "gave the house back" in keeper.text


async def test_an_outage_is_said_once_at_each_edge(start, keys, redis_url):
    """A server that stops answering, then answers again; here by SIGSTOP."""
    lane = Lane(connect(redis_url), keys)
    keeper = start()
    await keeps_house(lane, keeper)
    server = int((await lane.client.info("server"))["process_id"])
    os.kill(server, signal.SIGSTOP)
    try:
        await wait_until(lambda: "redis lost" in keeper.text)
    finally:
        os.kill(server, signal.SIGCONT)
    await wait_until(lambda: "redis regained" in keeper.text)
    await keeps_house(lane, keeper)
    await lane.client.aclose()
    assert keeper.text.count("redis lost") == 1
    assert keeper.text.count("redis regained") == 1
    assert "Traceback" not in keeper.text
