"""How worker processes end: asked twice, with handlers that hang, by force, in somebody else's process."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import order as order_of
from tests.orders import placed_order, placed_orders
from tests.system.worker_processes import (
    END_SECONDS,
    ROOT,
    Start,
    alive,
    environment,
    processing,
    starting,
    statuses,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(60)]

CALLS_THE_COMMAND = """
import django, sys, threading
from django.core.management import call_command
django.setup()
try:
    call_command("runworker_orders", once=True)
except SystemExit as end:
    threading.Event().wait(2.5)
    print(f"ended with {end.code}, and on it goes")
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(1)
except KeyboardInterrupt:
    sys.exit(5)
"""

BREAKS = """
import django
from django.core.management import call_command, execute_from_command_line
django.setup()
from workers.engine import Engine

async def broken(engine):
    if len(engine.hand):
        raise LookupError("an error of ours")
    return await intact(engine)

intact, Engine._pass = Engine._pass, broken
"""
ON_ITS_OWN = 'execute_from_command_line(["manage.py", "runworker_orders"])'
CALLED = """
import threading
try:
    call_command("runworker_orders")
except LookupError as error:
    threading.Event().wait(2.5)
    print(f"got {error}")
"""


@pytest.fixture
def start(redis_url: str, namespace: str) -> Iterator[Start]:
    with starting(redis_url, namespace) as start_one:
        yield start_one


async def test_the_second_signal_hands_back_at_once_and_counts_no_attempt(lane: Lane, start: Start) -> None:
    worker = start("--concurrency", "5")
    await wait_until(lambda: alive(lane))
    orders = await placed_orders(lane, 5, reference="600")
    await processing(lane, orders[-1])
    worker.send(signal.SIGINT)
    await wait_until(lambda: "draining" in worker.output())
    worker.send(signal.SIGINT)
    assert await worker.ended(END_SECONDS) == 0, worker.output()
    assert await statuses(lane, orders) == {"pending": 5}
    found = await order_of(lane, orders[0])
    assert found is not None
    assert found.attempt == 0
    assert await alive(lane) == []


@pytest.mark.parametrize("handler", ["hung", "hung_elsewhere", "stubborn"])
async def test_a_hung_handler_cannot_keep_its_process_from_ending(
    lane: Lane, start: Start, handler: str
) -> None:
    worker = start("--handler", f"tests.system.handlers.{handler}", ORDERSTREAM_DRAIN_SECONDS="1")
    await wait_until(lambda: alive(lane))
    order = await placed_order(lane)
    await processing(lane, order)
    worker.send(signal.SIGTERM)
    assert await worker.ended(1 + END_SECONDS) == 0, worker.output()
    assert await statuses(lane, [order]) == {"pending": 1}, worker.output()


async def test_nobody_waits_for_what_a_handler_has_left_behind(lane: Lane, start: Start) -> None:
    worker = start(
        "--once",
        ORDERSTREAM_HANDLER="tests.system.handlers.hung_elsewhere",
        ORDERSTREAM_ATTEMPTS="1",
        ORDERSTREAM_TIME_LIMIT_SECONDS="1",
    )
    order = await placed_order(lane)
    assert await worker.ended(20) == 0, worker.output()
    assert await statuses(lane, [order]) == {"failed": 1}


async def test_an_error_of_ours_is_said_and_ends_the_worker_whatever_hangs(
    lane: Lane, redis_url: str, namespace: str
) -> None:
    order = await placed_order(lane)
    command = [sys.executable, "-c", BREAKS + ON_ITS_OWN]
    surroundings = environment(
        redis_url, namespace, ORDERSTREAM_HANDLER="tests.system.handlers.hung_elsewhere"
    )
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=surroundings, capture_output=True, timeout=20
    )
    assert done.returncode == 1
    assert b"LookupError: an error of ours" in done.stdout + done.stderr
    # Not lost: whoever sweeps takes it over.
    assert await statuses(lane, [order]) in ({"pending": 1}, {"processing": 1})


async def test_whoever_calls_the_command_gets_an_error_of_ours(
    lane: Lane, redis_url: str, namespace: str
) -> None:
    await placed_order(lane, reference="600")
    command = [sys.executable, "-c", BREAKS + CALLED]
    surroundings = environment(redis_url, namespace)
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=surroundings, capture_output=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
    assert b"got an error of ours" in done.stdout


async def test_whoever_calls_the_command_goes_on_after_it(lane: Lane, redis_url: str, namespace: str) -> None:
    """As in a test of somebody's handler: the worker's end is not the caller's."""
    orders = await placed_orders(lane, 3)
    command = [sys.executable, "-c", CALLS_THE_COMMAND]
    surroundings = environment(redis_url, namespace)
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=surroundings, capture_output=True)
    assert done.returncode == 5, done.stderr
    assert b"ended with 0, and on it goes" in done.stdout
    assert await statuses(lane, orders) == {"completed": 3}


async def test_a_blocked_event_loop_ends_by_force_and_keeps_beating_until_then(
    lane: Lane, start: Start
) -> None:
    worker = start("--handler", "tests.system.handlers.blocking", ORDERSTREAM_DRAIN_SECONDS="1")
    await wait_until(lambda: alive(lane))
    order = await placed_order(lane, reference="600")
    await processing(lane, order)
    await wait_until(lambda: "event loop stalled" in worker.output())
    assert "handlers.py" in worker.output()
    assert await alive(lane) != []  # I16
    worker.send(signal.SIGTERM)
    assert await worker.ended(1 + END_SECONDS) == 1


@pytest.mark.parametrize("handler", ["hung", "stubborn"])
async def test_a_worker_whose_every_slot_is_held_by_a_hung_handler_makes_room_for_another(
    lane: Lane, start: Start, handler: str
) -> None:
    worker = start(
        "--concurrency",
        "2",
        ORDERSTREAM_HANDLER=f"tests.system.handlers.{handler}",
        ORDERSTREAM_TIME_LIMIT_SECONDS="0.5",
    )
    orders = await placed_orders(lane, 2)
    assert await worker.ended(20) == 1
    assert "every slot is held by a hung handler" in worker.output()
    counted = await statuses(lane, orders)
    assert set(counted) <= {"retrying", "pending"}


async def test_a_worker_whose_loop_stays_blocked_makes_room_for_another(lane: Lane, start: Start) -> None:
    worker = start(
        ORDERSTREAM_HANDLER="tests.system.handlers.blocking",
        ORDERSTREAM_TIME_LIMIT_SECONDS="0.5",
        ORDERSTREAM_DRAIN_SECONDS="1",
    )
    await placed_order(lane, reference="600")
    assert await worker.ended(30) == 1
    assert "blocks its event loop" in worker.output()


@pytest.mark.parametrize("handler", ["hung_writing", "hung_writing_elsewhere"])
async def test_code_that_hangs_in_writing_cannot_keep_its_process_from_ending(
    lane: Lane, redis_url: str, namespace: str, handler: str
) -> None:
    """Into a pipe that nobody empties: flushing at the end would wait for it."""
    surroundings = environment(
        redis_url,
        namespace,
        ORDERSTREAM_HANDLER=f"tests.system.handlers.{handler}",
        ORDERSTREAM_DRAIN_SECONDS="1",
    )
    surroundings.pop("PYTHONUNBUFFERED", None)
    command = [sys.executable, "manage.py", "runworker_orders"]
    with subprocess.Popen(  # noqa: ASYNC220 # it is ended below
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as worker:
        try:
            await wait_until(lambda: alive(lane))
            order = await placed_order(lane)
            await processing(lane, order)
            worker.send_signal(signal.SIGTERM)
            await wait_until(lambda: worker.poll() is not None, 1 + END_SECONDS)
        finally:
            worker.kill()
    assert await statuses(lane, [order]) == {"pending": 1}


async def test_a_caller_is_not_ended_without_a_word_by_a_task_that_ignores_its_end(
    lane: Lane, redis_url: str, namespace: str
) -> None:
    await placed_order(lane)
    command = [sys.executable, "-c", CALLS_THE_COMMAND]
    surroundings = environment(
        redis_url,
        namespace,
        ORDERSTREAM_HANDLER="tests.system.handlers.stubborn",
        ORDERSTREAM_ATTEMPTS="1",
        ORDERSTREAM_TIME_LIMIT_SECONDS="1",
    )
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=surroundings, capture_output=True)
    assert done.returncode == 1
    assert b"the whole process is ended" in done.stdout + done.stderr
