"""An order's events are found with bounded work, near and far, of ours and of others."""

from dataclasses import replace

import pytest

from orderstream.streams import events_log, histories, orders_read
from orderstream.streams.codec import StoredOrder
from orderstream.streams.histories import History, history_of, words_of
from orderstream.streams.lane import Lane
from orderstream.streams.operating import discard, note
from tests.orders import placed_order
from tests.streams.scene import COMPLETED, REJECTED, Clock, Worker, retry_in
from tests.waiting import wait_until


@pytest.fixture
def clock() -> None:
    """The server's own: the log's ids then say when things happened."""


async def stored(lane: Lane, order_id: str) -> StoredOrder:
    order = await orders_read.order(lane, order_id)
    assert order is not None
    return order


def types(history: History) -> list[str]:
    return [record.fields["type"].removeprefix("order.") for record in history.records]


async def chatter(lane: Lane, count: int) -> None:
    """Events of others, none of them in the millisecond of what comes next."""
    for _ in range(count):
        await lane.client.xadd(lane.keys.events, {"type": "gossip", "order_id": "1-1"})
    last = await lane.now_ms()

    async def has_passed() -> bool:
        return await lane.now_ms() > last

    await wait_until(has_passed)


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    worker = Worker(lane, "ann")
    await worker.beat()
    return worker


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "PAGE", 3)
    monkeypatch.setattr(events_log, "PAGE", 3)


async def test_an_orders_way_is_found_whole(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await placed_order(lane)
    await worker.finish(await worker.begun(await worker.read(1)), COMPLETED)
    history = await history_of(lane, await stored(lane, order_id))
    assert (types(history), history.is_whole) == (["placed", "started", "completed"], True)
    assert [event.version for event in history.events] == [1, 2, 3]


async def test_ends_that_lie_far_apart_are_found_by_their_times(
    lane: Lane, worker: Worker, small_pages: None
) -> None:
    order_id = await placed_order(lane)
    await chatter(lane, 40)
    fences = await worker.begun(await worker.read(1))
    await chatter(lane, 40)
    await worker.finish(fences, COMPLETED)
    history = await history_of(lane, await stored(lane, order_id), pages=1)
    assert (types(history), history.is_whole) == (["placed", "started", "completed"], True)


async def test_what_lies_in_between_is_found_by_looking_further(
    lane: Lane, worker: Worker, small_pages: None
) -> None:
    order_id = await placed_order(lane)
    await chatter(lane, 40)
    await note(lane, order_id, "where is it?", actor="user:ann")
    await chatter(lane, 40)
    await worker.finish(await worker.begun(await worker.read(1)), COMPLETED)
    order = await stored(lane, order_id)
    near = await history_of(lane, order, pages=2)
    assert (types(near), near.is_whole) == (["placed", "started", "completed"], False)
    far = await history_of(lane, order, pages=100)
    assert (types(far), far.is_whole) == (["placed", "noted", "started", "completed"], True)


async def test_only_what_is_new_is_looked_for(lane: Lane, small_pages: None) -> None:
    order_id = await placed_order(lane)
    known = await history_of(lane, await stored(lane, order_id))
    assert known.is_whole
    await chatter(lane, 2)
    await note(lane, order_id, "go on", actor="user:ann")
    more = await history_of(lane, await stored(lane, order_id), known=known, pages=1)
    assert (types(more), more.is_whole) == (["placed", "noted"], True)


async def test_a_kind_of_event_that_nobody_knows_is_kept_as_it_is(lane: Lane) -> None:
    order_id = await placed_order(lane)
    fields = {"type": "order.weighed", "order_id": order_id, "grams": "250"}
    await lane.client.xadd(lane.keys.events, fields)
    await note(lane, order_id, "heavy", actor="user:ann")
    history = await history_of(lane, await stored(lane, order_id))
    assert types(history) == ["placed", "weighed", "noted"]
    assert (history.records[1].event, history.records[1].fields) == (None, fields)


async def test_without_a_status_all_of_the_log_is_looked_through(lane: Lane, small_pages: None) -> None:
    order_id = await placed_order(lane)
    await note(lane, order_id, "still here", actor="user:ann")
    await lane.command("DEL", lane.keys.status(order_id))
    await chatter(lane, 20)
    order = await stored(lane, order_id)
    assert (types(await history_of(lane, order)), (await history_of(lane, order)).is_whole) == (
        ["placed", "noted"],
        True,
    )
    assert not (await history_of(lane, order, pages=2)).is_whole


async def test_a_version_that_nobody_reached_costs_no_memory(lane: Lane) -> None:
    order_id = await placed_order(lane)
    await lane.command("HSET", lane.keys.status(order_id), "version", 2**62)
    assert not (await history_of(lane, await stored(lane, order_id))).is_whole


async def test_the_words_of_those_that_ended_are_found(lane: Lane, worker: Worker) -> None:
    rejected, retried, discarded = [await placed_order(lane) for _ in range(3)]
    fences = await worker.begun(await worker.read(3))
    await worker.finish({rejected: fences[rejected], discarded: fences[discarded]}, REJECTED)
    await worker.finish({retried: fences[retried]}, retry_in(10_000))
    await discard(lane, [discarded], actor="user:ann", reason="enough")
    orders = [await stored(lane, order_id) for order_id in (rejected, retried, discarded)]
    assert await words_of(lane, orders) == {rejected: "no such product"}


async def test_a_step_by_another_clock_is_found_too(lane: Lane) -> None:
    """Its times are not those of the log's ids: a server whose clock was turned."""
    order_id = await placed_order(lane)
    ann = Worker(replace(lane, clock=Clock()), "ann")
    await ann.beat()
    await ann.finish(await ann.begun(await ann.read()), COMPLETED)
    assert (await history_of(lane, await stored(lane, order_id))).is_whole
