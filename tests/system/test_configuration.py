"""What a manager saves reaches running workers, whoever of Redis and SQL is away meanwhile."""

import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orderstream.domain.events import EventType
from orderstream.streams.connection import connect
from orderstream.streams.events_log import events_of
from orderstream.streams.figures import set_control, workers
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.orders import placed_order
from tests.postgres import running_postgres
from tests.stack.commands import Command
from tests.system.databases import Database
from tests.system.worker_processes import Server, Worker, alive, all_completed, statuses, worker_of
from tests.waiting import wait_until

pytestmark = [pytest.mark.console, pytest.mark.system, pytest.mark.timeout(90)]

Start = Callable[..., Worker]

TAG = "configuration:"
HANDLERS = "tests.system.handlers.refusing tests.system.handlers.failing"
LEASE_CHANGED = re.compile(r"^(\S+) .*lease changed", re.MULTILINE)
TAKEN_OVER = re.compile(r"^(\S+) .*configuration taken over", re.MULTILINE)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test alone: it is stopped for a while."""
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
def database(server: Server, tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/orders.sqlite3", server.url, TAG)


@pytest.fixture
def start(server: Server) -> Iterator[Start]:
    started: list[Worker] = []

    def start_one(database: Database, *arguments: str, **settings: str) -> Worker:
        given = {**database.environment, "ORDERSTREAM_HANDLERS": HANDLERS, **settings}
        started.append(Worker(server.url, TAG, *arguments, **given))
        return started[-1]

    yield start_one
    for worker in started:
        print(worker.close())  # noqa: T201 shown when the test has failed


def handler(name: str) -> str:
    return f'handler="tests.system.handlers.{name}"'


def taken_over(worker: Worker) -> list[datetime]:
    """When it took over what."""
    return [datetime.fromisoformat(at) for at in TAKEN_OVER.findall(worker.output())]


async def status(lane: Lane, order_id: str) -> str:
    (found,) = await statuses(lane, [order_id])
    return found


async def becomes(lane: Lane, order_id: str, wanted: str, within: float = 15) -> None:
    async def is_there() -> bool:
        return await status(lane, order_id) == wanted

    await wait_until(is_there, within)


async def are_alive(lane: Lane, count: int) -> bool:
    return len(await alive(lane)) == count


async def attempts_of(lane: Lane, order_id: str) -> int:
    return sum(event.type is EventType.STARTED for event in await events_of(lane, order_id))


async def test_a_new_handler_works_within_two_seconds_and_without_a_restart(
    lane: Lane, database: Database, start: Start
) -> None:
    worker = start(database)
    await wait_until(lambda: alive(lane), 20)
    before = await placed_order(lane)
    await all_completed(lane, [before], 15)
    saved_at = database.configure("Processing", handler("refusing"), ORDERSTREAM_HANDLERS=HANDLERS)
    (taken_at,) = await wait_until(lambda: taken_over(worker))
    assert taken_at - saved_at <= timedelta(seconds=2)
    await becomes(lane, await placed_order(lane), "failed")
    # And back: an empty field is what the environment says.
    database.configure("Processing", 'handler=""', ORDERSTREAM_HANDLERS=HANDLERS)
    await wait_until(lambda: len(taken_over(worker)) == 2)
    await all_completed(lane, [await placed_order(lane)], 15)


async def test_a_time_limit_counts_for_orders_begun_from_then_on(
    lane: Lane, database: Database, start: Start
) -> None:
    worker = start(database)
    await wait_until(lambda: alive(lane), 20)
    long = await placed_order(lane, reference="6")
    await becomes(lane, long, "processing")
    database.configure("Processing", "time_limit=0.5, attempts=1")
    await wait_until(lambda: taken_over(worker))
    assert await status(lane, long) == "processing"
    late = await placed_order(lane, reference="60")
    await becomes(lane, late, "failed")
    assert await attempts_of(lane, late) == 1
    await all_completed(lane, [long], 15)


async def test_attempts_and_back_off_change_too(lane: Lane, database: Database, start: Start) -> None:
    worker = start(database)
    await wait_until(lambda: alive(lane), 20)
    values = f"{handler('failing')}, attempts=3, backoff_base=0.01, backoff_cap=0.02"
    database.configure("Processing", values, ORDERSTREAM_HANDLERS=HANDLERS)
    await wait_until(lambda: taken_over(worker))
    order = await placed_order(lane)
    await becomes(lane, order, "failed")
    assert await attempts_of(lane, order) == 3


async def test_a_lease_counts_for_every_worker_at_once_and_takes_no_order_from_a_living_one(
    lane: Lane, database: Database, start: Start
) -> None:
    ann, bob = start(database), start(database)
    await wait_until(lambda: are_alive(lane, 2), 20)
    order = await placed_order(lane, reference="6")
    await becomes(lane, order, "processing")

    async def is_lease(seconds: float) -> bool:
        now = await lane.now_ms()
        spans = [row.alive_until_ms - now for row in await workers(lane)]
        return len(spans) == 2 and all(1000 * (seconds - 2) <= span <= 1000 * seconds for span in spans)

    for lease in (60, 5):
        saved_at = database.configure("Processing", f"lease={lease}")
        await wait_until(lambda seconds=lease: is_lease(seconds))
        for worker in (ann, bob):
            changed = LEASE_CHANGED.findall(worker.output())[-1]
            assert datetime.fromisoformat(changed) - saved_at <= timedelta(seconds=2)
    await all_completed(lane, [order], 15)
    assert await attempts_of(lane, order) == 1
    # And it is the lease by which the dead are found.
    last = await placed_order(lane, reference="600")
    await becomes(lane, last, "processing")
    name = await worker_of(lane, last)
    (holder,) = [worker for worker in (ann, bob) if f"name={name}" in worker.output()]
    holder.send(signal.SIGKILL)

    async def is_begun_again() -> bool:
        return await attempts_of(lane, last) == 2

    await wait_until(is_begun_again, 20)


async def test_the_simulation_changes_too(lane: Lane, database: Database, start: Start) -> None:
    start(database, ORDERSTREAM_HANDLER="workers.handlers.simulate", ORDERSTREAM_SIMULATE_SECONDS="600")
    await wait_until(lambda: alive(lane), 20)
    database.configure("Simulation", "shortest=0, longest=0")

    async def is_simulated_at_once() -> bool:
        order = await placed_order(lane)
        try:
            await all_completed(lane, [order], 1)
        except AssertionError:
            return False
        return True

    await wait_until(is_simulated_at_once)


async def test_a_worker_keeps_the_handler_of_its_command_line(
    lane: Lane, database: Database, start: Start
) -> None:
    worker = start(database, "--handler", "tests.system.handlers.steady")
    await wait_until(lambda: alive(lane), 20)
    database.configure("Processing", f"{handler('refusing')}, attempts=2", ORDERSTREAM_HANDLERS=HANDLERS)
    await wait_until(lambda: taken_over(worker))
    await all_completed(lane, [await placed_order(lane)], 15)


async def test_a_worker_starts_with_what_was_saved_before(
    lane: Lane, database: Database, start: Start
) -> None:
    database.configure("Processing", handler("refusing"), ORDERSTREAM_HANDLERS=HANDLERS)
    start(database)
    await becomes(lane, await placed_order(lane), "failed", 20)


async def test_a_change_that_was_saved_while_redis_was_away_arrives_when_it_is_back(
    lane: Lane, server: Server, database: Database, start: Start, tmp_path: Path
) -> None:
    worker = start(database)
    place = {"REDIS_URL": server.url, "ORDERSTREAM_KEY_PREFIX": TAG, "ORDERSTREAM_HANDLERS": HANDLERS}
    keeper = Command(tmp_path / "keeper", {**os.environ, **database.environment, **place}, "runkeeper")
    try:
        await wait_until(lambda: alive(lane), 20)
        await wait_until(lambda: "keeping house" in keeper.text, 20)
        server.stop()
        database.configure("Processing", handler("refusing"), ORDERSTREAM_HANDLERS=HANDLERS)
        assert not taken_over(worker)
        server.start()
        await wait_until(lambda: taken_over(worker), 20)
        await becomes(lane, await placed_order(lane), "failed")
        assert "Traceback" not in keeper.text
    finally:
        keeper.kill()


async def test_without_sql_workers_go_on_with_what_they_know(
    lane: Lane, server: Server, start: Start
) -> None:
    with ExitStack() as stack:
        database = Database(stack.enter_context(running_postgres()), server.url, TAG)
        worker = start(database)
        await wait_until(lambda: alive(lane), 20)
        database.configure("Processing", handler("refusing"), ORDERSTREAM_HANDLERS=HANDLERS)
        await wait_until(lambda: taken_over(worker))
    await set_control(lane, {"config_version": 99})
    await wait_until(lambda: "configuration not read" in worker.output())
    await becomes(lane, await placed_order(lane), "failed")
    assert worker.output().count("configuration not read") == 1


async def test_a_worker_that_finds_no_sql_starts_as_the_environment_says(
    lane: Lane, database: Database, start: Start, tmp_path: Path
) -> None:
    worker = start(database, DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder.sqlite3")
    await all_completed(lane, [await placed_order(lane)], 20)
    assert "configuration not read" in worker.output()
