"""Faults under load: Redis stalls, dies, loses its group; workers stall or die; each order completes once."""

import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orderstream.domain.events import EventType
from orderstream.streams.connection import AWAY, connect
from orderstream.streams.events_log import events_of, read_events
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.orders import placed_order, placed_orders
from tests.system.worker_processes import (
    LEASE_SECONDS,
    Server,
    Start,
    Worker,
    alive,
    all_completed,
    starting,
    statuses,
    total,
    worker_of,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(90)]


TAG = "faults:"
HEALED_SECONDS = 2 * LEASE_SECONDS + 10
"""I1: the lease, once more for the calm after an outage, sweep, back-off and 5 s; and a slow machine."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone, for it will not survive."""
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def lane(server: Server) -> AsyncIterator[Lane]:
    client = connect(server.url)
    lane = Lane(client, Keys.namespaced(TAG))
    await lane.ensure_group()
    yield lane
    await client.aclose()


@pytest.fixture
def start(server: Server) -> Iterator[Start]:
    with starting(server.url, TAG) as start_one:
        yield start_one


async def two_workers(lane: Lane, start: Start, *arguments: str) -> tuple[Worker, Worker]:
    pair = start("--name", "first", *arguments), start("--name", "second", *arguments)

    async def both_are_alive() -> bool:
        return len(await alive(lane)) == 2

    await wait_until(both_are_alive, 20)
    return pair


async def completions(lane: Lane) -> Counter[str]:
    """How often each order was completed, by the events."""
    events = await read_events(lane, "0-0", 100_000)
    return Counter(event.order_id for event in events if event.type is EventType.COMPLETED)


async def assert_each_completed_once(lane: Lane, orders: list[str]) -> None:
    assert await completions(lane) == dict.fromkeys(orders, 1)
    assert await total(lane, "completed") == len(orders)
    assert await total(lane, "processing") == await total(lane, "retrying") == 0


async def test_redis_stalls_for_fifteen_seconds_and_no_living_worker_loses_an_order(
    lane: Lane, server: Server, start: Start
) -> None:
    workers = await two_workers(lane, start, "--concurrency", "10")
    orders = await placed_orders(lane, 400, reference="0.3")
    await wait_until(lambda: total(lane, "n_completed"))
    server.send(signal.SIGSTOP)
    stall = threading.Timer(15, server.send, [signal.SIGCONT])
    stall.start()
    await wait_until(lambda: not stall.is_alive(), 20)
    await all_completed(lane, orders, within=HEALED_SECONDS + 15)
    assert await total(lane, "n_swept") == 0
    assert await total(lane, "n_stale") == 0
    await assert_each_completed_once(lane, orders)
    for worker in workers:
        assert worker.output().count("redis lost") == 1
        assert worker.output().count("redis regained") == 1


async def test_the_server_dies_and_comes_back_under_load(lane: Lane, server: Server, start: Start) -> None:
    await two_workers(lane, start, "--concurrency", "10")
    orders = await placed_orders(lane, 300, reference="0.1")
    await wait_until(lambda: total(lane, "n_completed"))
    server.stop()
    server.start()

    async def is_back() -> bool:
        return await total(lane, "n_completed") > 0

    await wait_until(is_back, ignoring=AWAY)
    await all_completed(lane, orders, within=HEALED_SECONDS)
    await assert_each_completed_once(lane, orders)


async def test_the_group_is_destroyed_under_load(lane: Lane, start: Start) -> None:
    first, second = await two_workers(lane, start, "--concurrency", "10")
    orders = await placed_orders(lane, 300, reference="0.1")
    await wait_until(lambda: total(lane, "n_completed"))
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    await all_completed(lane, orders, within=HEALED_SECONDS)
    await assert_each_completed_once(lane, orders)
    assert "made again at id 0" in first.output() + second.output()


async def test_a_stalled_worker_loses_its_order_and_its_late_outcome_is_refused(
    lane: Lane, start: Start
) -> None:
    stalled = start("--name", "stalled")
    await wait_until(lambda: alive(lane))
    order = await placed_order(lane, reference="2")

    async def is_processing() -> bool:
        return await statuses(lane, [order]) == {"processing": 1}

    await wait_until(is_processing)
    start("--name", "other")
    stalled.send(signal.SIGSTOP)
    await all_completed(lane, [order], within=HEALED_SECONDS)
    assert (await worker_of(lane, order) or "").startswith("other-")
    stalled.send(signal.SIGCONT)
    await wait_until(lambda: total(lane, "n_stale"))
    await wait_until(lambda: "late outcome refused" in stalled.output())
    assert "event loop stalled" not in stalled.output()  # the whole process was, and no handler is to blame
    await assert_each_completed_once(lane, [order])


async def test_a_poison_order_fails_after_its_attempts_and_innocents_survive(
    lane: Lane, start: Start
) -> None:
    start(
        "--processes",
        "2",
        ORDERSTREAM_HANDLER="tests.system.handlers.deadly",
        ORDERSTREAM_ATTEMPTS="3",
        ORDERSTREAM_CONCURRENCY="10",
    )
    await wait_until(lambda: alive(lane))
    innocents = await placed_orders(lane, 8, reference="0.5")
    poison = await placed_order(lane, customer_id="poison")
    innocents += await placed_orders(lane, 8, reference="0.5")

    async def has_failed() -> bool:
        return await statuses(lane, [poison]) == {"failed": 1}

    await wait_until(has_failed, 60)
    await all_completed(lane, innocents, within=HEALED_SECONDS)
    attempts = [event for event in await events_of(lane, poison) if event.type is EventType.STARTED]
    assert len(attempts) == 3  # I10
