"""Stock under real concurrency and kills, on SQLite and PostgreSQL: never negative, never taken twice."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import order as order_of
from tests.orders import placed_order, placed_orders
from tests.postgres import running_postgres
from tests.system.databases import Database
from tests.system.worker_processes import LEASE_SECONDS, Worker, all_completed, statuses, total
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(120)]

Start = Callable[..., Worker]

STOCK, ORDERS, DEADLY = 150, 200, 2
MAKE = """
from orderstream.models import Product
Product.objects.create(product_id="P-1", name="Tea", stock={stock})
"""
TELL = """
import json
from orderstream.models import Effect, Product
effects = {effect.order_id: effect.repeats for effect in Effect.objects.filter(name="reserve")}
print(json.dumps({"stock": Product.objects.get().stock, "effects": effects}))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, redis_url: str, namespace: str, tmp_path: Path
) -> Iterator[Database]:
    if request.param == "sqlite":
        yield Database(f"sqlite:///{tmp_path}/orders.sqlite3", redis_url, namespace)
    else:
        with running_postgres() as url:
            yield Database(url, redis_url, namespace)


@pytest.fixture
def start(redis_url: str, namespace: str) -> Iterator[Start]:
    started: list[Worker] = []

    def start_one(database: Database, *arguments: str) -> Worker:
        started.append(Worker(redis_url, namespace, *arguments, **database.environment))
        return started[-1]

    yield start_one
    for worker in started:
        worker.send(signal.SIGTERM)
        print(worker.close())  # noqa: T201 shown when the test has failed


async def test_stock_is_taken_once_for_each_completed_order_whoever_is_killed(
    lane: Lane, database: Database, start: Start
) -> None:
    database.run(MAKE.format(stock=STOCK))
    # The deadly ones first, so that there is stock for them: two workers die of them after the commit.
    orders = [await placed_order(lane, customer_id="poison", quantity=1) for _ in range(DEADLY)]
    orders += await placed_orders(lane, ORDERS - DEADLY, quantity=1)
    words = ("--concurrency", "10", "--handler", "tests.system.handlers.reserve_and_die")
    workers = [start(database, "--processes", "2", *words), start(database, *words)]
    await wait_until(lambda: total(lane, "n_completed"), 30)
    workers[1].process.kill()

    async def are_final() -> bool:
        found = await statuses(lane, orders)
        return found["completed"] + found["failed"] == ORDERS

    await wait_until(are_final, 60 + 4 * LEASE_SECONDS)
    told = json.loads(database.run(TELL))
    completed = [
        order_id
        for order_id in orders
        if await lane.client.hget(lane.keys.status(order_id), "status") == "completed"
    ]
    assert (told["stock"], len(completed)) == (0, STOCK)
    assert sorted(told["effects"]) == sorted(completed)
    assert sum(told["effects"].values()) >= 1  # somebody did run again, and found it done
    assert "effect found done" in "".join(worker.output() for worker in workers)


async def test_an_order_waits_while_the_database_is_away_and_is_not_refused(
    lane: Lane, redis_url: str, namespace: str, start: Start
) -> None:
    with running_postgres() as url:
        database = Database(url, redis_url, namespace)
        database.run(MAKE.format(stock=STOCK))
        start(database, "--handler", "workers.handlers.reserve_stock")
        taken = await placed_order(lane, quantity=1)
        await all_completed(lane, [taken], 30)
    waiting = await placed_order(lane, quantity=1)

    async def is_put_off() -> bool:
        return await statuses(lane, [waiting]) == {"retrying": 1}

    await wait_until(is_put_off)
    found = await order_of(lane, waiting)
    assert found is not None
    assert found.error == "RetryLater"
