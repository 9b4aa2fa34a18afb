"""What the engine asks of Redis, against a real server: lost groups and lost hashes are mended on the way."""

from datetime import timedelta
from functools import partial

import pytest

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Completed, RetryPolicy
from orderstream.streams.deliveries import Begun, Deliveries, NotBegun, Report
from orderstream.streams.lane import Lane
from orderstream.streams.operating import requeue
from tests.orders import draft, foreign_entry, placed_order, placed_orders
from tests.workers.fakes import told
from workers.engine import Engine, Pace
from workers.hand import Hand
from workers.reconnecting import Connectedness
from workers.source import RedisSource, Source, Terms
from workers.work import Work

TERMS = Terms(lease=timedelta(seconds=10), time_limit=timedelta(seconds=60), attempts=5)


@pytest.fixture
def source(lane: Lane) -> Source:
    deliveries = Deliveries(lane, "w-1")
    return RedisSource(deliveries, partial(deliveries.read, lane.client), TERMS)


def test_the_deadline_is_the_time_limit_and_five_seconds() -> None:
    assert TERMS.patience_ms == 65_000


async def test_an_order_goes_through(lane: Lane, source: Source) -> None:
    order = await placed_order(lane)
    (delivered,) = await source.read(10, 1)
    (begun,) = await source.begin([delivered.order_id])
    assert isinstance(begun, Begun)
    (verdict,) = await source.finish([Report(order, begun.fence, Completed(), 5)])
    assert (verdict.code, verdict.status) == ("recorded", "completed")


async def test_an_order_whose_hash_is_lost_is_restored_and_begun(lane: Lane, source: Source) -> None:
    first, second = await placed_orders(lane, 2)
    await source.read(10, 1)
    await lane.client.delete(lane.keys.status(second))
    assert [type(answer) for answer in await source.begin([first, second])] == [Begun, Begun]


async def test_an_outcome_counts_though_the_hash_was_lost_meanwhile(lane: Lane, source: Source) -> None:
    order = await placed_order(lane)
    await source.read(10, 1)
    (begun,) = await source.begin([order])
    assert isinstance(begun, Begun)
    await lane.client.delete(lane.keys.status(order))
    (verdict,) = await source.finish([Report(order, begun.fence, Completed(), 5)])
    assert verdict.code == "recorded"


async def test_an_entry_that_is_no_order_is_not_begun(lane: Lane, source: Source) -> None:
    entry = await foreign_entry(lane, {"hello": "world"})
    await source.read(10, 1)
    assert await source.begin([entry]) == [NotBegun(entry, "final")]


async def test_a_lost_group_is_made_again_and_delivers_everything(lane: Lane, source: Source) -> None:
    order = await placed_order(lane)
    await source.read(10, 1)
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    assert [each.order_id for each in await source.read(10, 1)] == [order]


async def test_whether_a_retry_waits(lane: Lane, source: Source) -> None:
    assert not await source.is_retry_waiting()
    order = await placed_order(lane)
    await source.read(10, 1)
    await source.release([(order, None)])
    assert await source.is_retry_waiting()
    assert await source.promote(5, suspects=1) == [order]
    assert await source.own_pending(10) == [order]
    assert (await source.entries([order]))[order]["customer_id"] == "C-1"


async def test_a_dead_letter_that_is_no_order_and_is_sent_back_becomes_one_again(
    lane: Lane, source: Source
) -> None:
    handled: list[str] = []

    async def handler(order: Order) -> None:
        handled.append(order.id)

    entry = await foreign_entry(lane, draft(quantity=-5).wire())
    await source.read(10, 1)
    assert await source.begin([entry]) == [NotBegun(entry, "final")]
    assert await requeue(lane, [entry], actor="user:boss") == ["requeued"]
    pace = Pace(timedelta(milliseconds=20), timedelta(milliseconds=20), once=True)
    engine = Engine(source, Work(handler, RetryPolicy()), pace, Hand(4), Connectedness())
    engine.told(told())
    assert await engine.run() is True
    assert await lane.client.hget(lane.keys.status(entry), "status") == "failed"
    assert handled == []
