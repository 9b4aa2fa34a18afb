"""Worker processes as an operator meets them: started, told to stop, killed, wrongly configured."""

import os
import signal
from collections.abc import Iterator

import pytest

from orderstream.domain.events import EventType
from orderstream.streams.events_log import events_of
from orderstream.streams.figures import set_control
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.system.worker_processes import (
    LEASE_SECONDS,
    Start,
    Worker,
    alive,
    all_completed,
    processing,
    starting,
    statuses,
    total,
    worker_of,
)
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(60)]


@pytest.fixture
def start(redis_url: str, namespace: str) -> Iterator[Start]:
    with starting(redis_url, namespace) as start_one:
        yield start_one


async def test_once_processes_what_is_there_and_ends(lane: Lane, start: Start) -> None:
    orders = await placed_orders(lane, 250)
    worker = start("--once")
    assert await worker.ended(20) == 0, worker.output()
    assert await statuses(lane, orders) == {"completed": 250}
    assert await alive(lane) == []  # it retired


async def test_once_adopts_foreign_entries_and_refuses_what_is_no_order(lane: Lane, start: Start) -> None:
    fields = {"customer_id": "C-9", "product_id": "P-9", "quantity": "1", "price": "2.50"}
    good = await foreign_entry(lane, fields)
    bad = await foreign_entry(lane, {"hello": "world"})
    worker = start("--once")
    assert await worker.ended(20) == 0, worker.output()
    assert await statuses(lane, [good]) == {"completed": 1}
    assert await statuses(lane, [bad]) == {"failed": 1}


async def test_an_order_of_a_killed_worker_is_completed_by_another(lane: Lane, start: Start) -> None:
    first = start("--name", "first")
    await wait_until(lambda: alive(lane))
    order = await placed_order(lane, reference="3")
    await processing(lane, order)
    first.send(signal.SIGKILL)
    start("--name", "second")
    await all_completed(lane, [order], within=3 * LEASE_SECONDS + 5)
    assert (await worker_of(lane, order) or "").startswith("second-")
    types = [event.type for event in await events_of(lane, order)]
    assert types[-3:] == [EventType.RETRIED, EventType.STARTED, EventType.COMPLETED]
    assert await total(lane, "n_swept") == 1


async def test_sigterm_under_load_loses_nothing_and_counts_nothing(lane: Lane, start: Start) -> None:
    worker = start("--concurrency", "20")
    await wait_until(lambda: alive(lane))
    orders = await placed_orders(lane, 200, reference="0.2")
    await wait_until(lambda: total(lane, "n_completed"))
    worker.send(signal.SIGTERM)
    assert await worker.ended(5) == 0, worker.output()
    counted = await statuses(lane, orders)
    assert set(counted) == {"completed", "pending"}

    start("--once")
    await all_completed(lane, orders, within=20)
    assert await total(lane, "n_started") == 200
    assert await total(lane, "n_retried") == await total(lane, "n_stale") == 0


async def test_a_plain_function_does_not_hold_up_the_others(lane: Lane, start: Start) -> None:
    worker = start("--handler", "tests.system.handlers.plain", "--concurrency", "10", "--once")
    orders = await placed_orders(lane, 50, reference="0.1")
    assert await worker.ended(20) == 0, worker.output()
    assert await statuses(lane, orders) == {"completed": 50}


async def test_a_cancel_cuts_a_running_order_short(lane: Lane, start: Start) -> None:
    start()
    await wait_until(lambda: alive(lane))
    order = await placed_order(lane, reference="600")
    await processing(lane, order)
    assert await cancel(lane, [order], actor="user:test") == ["asked"]

    async def is_cancelled() -> bool:
        return await statuses(lane, [order]) == {"cancelled": 1}

    await wait_until(is_cancelled)


async def test_a_pause_starts_nothing_and_its_end_starts_everything(lane: Lane, start: Start) -> None:
    await set_control(lane, {"paused": 1})
    start()
    await wait_until(lambda: alive(lane))
    orders = await placed_orders(lane, 30)

    async def is_shown_as_paused() -> bool:
        name = (await alive(lane))[0]
        return await lane.client.hget(lane.keys.worker(name), "mode") == "paused"

    await wait_until(is_shown_as_paused)
    assert await total(lane, "n_started") == 0
    await set_control(lane, {"paused": ""})
    await all_completed(lane, orders, within=15)


async def test_an_operator_can_stop_a_worker(lane: Lane, start: Start) -> None:
    worker = start()
    (name,) = await wait_until(lambda: alive(lane))
    await set_control(lane, {f"asked:{name}": "stop"})
    assert await worker.ended(10) == 0, worker.output()


async def test_several_processes_end_together_and_a_dead_one_is_started_again(
    lane: Lane, start: Start
) -> None:
    worker = start("--processes", "2", "--name", "many")

    async def two_are_alive() -> list[str]:
        names = await alive(lane)
        return names if len(names) == 2 else []

    first = await wait_until(two_are_alive)
    pids = [int(await lane.client.hget(lane.keys.worker(name), "pid") or 0) for name in first]
    os.kill(pids[0], signal.SIGKILL)

    async def another_is_there() -> bool:
        return bool(set(await alive(lane)) - set(first))

    await wait_until(another_is_there)
    orders = await placed_orders(lane, 40)
    await all_completed(lane, orders, within=15)
    worker.send(signal.SIGTERM)
    assert await worker.ended(10) == 0, worker.output()
    assert "starting it again" in worker.output()


async def test_children_do_not_outlive_a_killed_supervisor(lane: Lane, start: Start) -> None:
    worker = start("--processes", "2")
    await wait_until(lambda: alive(lane))
    worker.send(signal.SIGKILL)

    async def nobody_is_alive() -> bool:
        return not await alive(lane)

    await wait_until(nobody_is_alive, 10)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--concurrency", "0"], "--concurrency 0: give a whole number from 1 to 10000."),
        (["--processes", "65"], "--processes 65: give a whole number from 1 to 64."),
        (["--name", "a b"], "--name 'a b': use 1 to 48 letters"),
        (["--handler", "nowhere.at_all"], "--handler: nowhere cannot be imported"),
        (["--concurrency", "many"], "--concurrency"),
    ],
)
async def test_a_wrong_option_is_named_with_its_remedy(
    start: Start, arguments: list[str], words: str
) -> None:
    worker = start(*arguments)
    assert await worker.ended(15) == 2
    assert words in worker.output()
    assert "Traceback" not in worker.output()


async def test_once_says_that_redis_is_away(namespace: str) -> None:
    worker = Worker("redis://127.0.0.1:1/0", namespace, "--once")
    try:
        assert await worker.ended(15) == 1
        assert "Redis cannot be reached" in worker.output()
    finally:
        worker.close()


def test_the_help_tells_signals_and_exit_codes(redis_url: str, namespace: str) -> None:
    worker = Worker(redis_url, namespace, "--help")
    try:
        assert worker.process.wait(15) == 0
        assert "exit codes" in worker.output()
    finally:
        worker.close()
