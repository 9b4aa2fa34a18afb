"""Lists of orders: page by page in both directions, by status, by index, with those that cannot be read."""

from collections.abc import Sequence

import pytest

from orderstream.domain.status import OrderStatus
from orderstream.streams import browsing
from orderstream.streams.browsing import (
    Found,
    ids_ending,
    look,
    neighbour,
    of_customer,
    rows_of,
    versions_of,
)
from orderstream.streams.entries import Span
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, requeue
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.streams.scene import COMPLETED, REJECTED, Worker, retry_in

EVERYTHING = Span()


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    worker = Worker(lane, "ann")
    await worker.beat()
    return worker


def ids(found: Found) -> list[str]:
    return [row.id for row in found.rows]


async def walked(lane: Lane, statuses: Sequence[OrderStatus], limit: int) -> list[list[str]]:
    """Page after page to the end, and each time back again to the page before."""
    pages: list[list[str]] = []
    span: Span | None = EVERYTHING
    while span is not None:
        found = await look(lane, statuses, span, limit)
        if pages and found.rows:
            assert found.newer is not None
            back = await look(lane, statuses, Span(after=found.newer), limit)
            assert ids(back) == pages[-1]
        pages.append(ids(found))
        span = Span(before=found.older) if found.older else None
    return pages


async def test_all_orders_are_seen_once_newest_first(lane: Lane) -> None:
    placed = (await placed_orders(lane, 7))[::-1]
    assert await walked(lane, [], 3) == [placed[:3], placed[3:6], placed[6:]]
    assert await walked(lane, [], 7) == [placed]


async def test_a_status_is_looked_for_page_by_page(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "CHUNK", 4)
    placed = await placed_orders(lane, 20)
    await cancel(lane, placed[::3], actor="user:ann")
    cancelled = placed[::3][::-1]
    pages = await walked(lane, [OrderStatus.CANCELLED], 3)
    assert pages == [cancelled[:3], cancelled[3:6], cancelled[6:]]
    both = await walked(lane, [OrderStatus.CANCELLED, OrderStatus.PENDING], 20)
    assert both == [placed[::-1]]


async def test_a_rare_status_is_looked_for_within_a_bound(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "CHUNK", 4)
    monkeypatch.setattr(browsing, "LOOKED_AT_MAX", 8)
    placed = await placed_orders(lane, 20)
    await cancel(lane, placed[:1], actor="user:ann")
    found = await look(lane, [OrderStatus.CANCELLED], EVERYTHING, 5)
    assert (ids(found), found.looked_at, found.older) == ([], 8, placed[12])
    found = await look(lane, [OrderStatus.CANCELLED], Span(before=found.older), 5)
    assert (found.looked_at, found.older) == (8, placed[4])
    found = await look(lane, [OrderStatus.CANCELLED], Span(before=found.older), 5)
    assert (ids(found), found.looked_at, found.older) == (placed[:1], 4, None)
    back = await look(lane, [OrderStatus.CANCELLED], Span(after=placed[0]), 5)
    assert (ids(back), back.looked_at, back.newer) == ([], 8, placed[8])


async def test_a_span_bounds_what_is_looked_through(lane: Lane, worker: Worker) -> None:
    placed = await placed_orders(lane, 6)
    span = Span(since=placed[1], until=placed[4])
    assert ids(await look(lane, [], span, 10)) == placed[1:5][::-1]
    assert ids(await look(lane, [], Span(since=placed[1], before=placed[3]), 10)) == placed[1:3][::-1]
    await worker.finish(await worker.begun(await worker.read(6)), REJECTED)
    assert ids(await look(lane, [OrderStatus.FAILED], span, 10)) == placed[1:5][::-1]
    ms = placed[0].partition("-")[0]
    whole = await look(lane, [OrderStatus.FAILED], Span(since=ms, until=ms), 10)
    assert ids(whole) == [i for i in placed[::-1] if i.startswith(f"{ms}-")]


async def test_failed_retrying_and_processing_are_found_by_their_indexes(lane: Lane, worker: Worker) -> None:
    placed = await placed_orders(lane, 9)
    fences = await worker.begun(await worker.read(8))
    await worker.finish({i: fences[i] for i in placed[0:3]}, REJECTED)
    await worker.finish({i: fences[i] for i in placed[3:5]}, retry_in(60_000))
    await worker.finish({placed[5]: fences[placed[5]]}, COMPLETED)
    await requeue(lane, placed[0:1], actor="user:ann")
    failed, retrying, processing = OrderStatus.FAILED, OrderStatus.RETRYING, OrderStatus.PROCESSING
    assert ids(await look(lane, [failed], EVERYTHING, 9)) == placed[1:3][::-1]
    assert ids(await look(lane, [retrying], EVERYTHING, 9)) == placed[3:5][::-1]
    assert ids(await look(lane, [processing], EVERYTHING, 9)) == placed[6:8][::-1]
    found = await look(lane, [failed, retrying, processing], EVERYTHING, 9)
    assert (ids(found), found.looked_at) == ([*placed[6:8][::-1], *placed[1:5][::-1]], 0)
    assert await walked(lane, [failed, processing], 3) == [[*placed[6:8][::-1], placed[2]], [placed[1]]]


async def test_an_index_that_is_too_long_is_cut_and_says_so(
    lane: Lane, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "INDEXED_MAX", 3)
    placed = await placed_orders(lane, 5)
    await worker.finish(await worker.begun(await worker.read(5)), REJECTED)
    found = await look(lane, [OrderStatus.FAILED], EVERYTHING, 9)
    assert (len(found.rows), found.is_cut) == (3, True)
    assert set(ids(found)) <= set(placed)


async def test_strange_members_of_an_index_break_nothing(lane: Lane) -> None:
    await lane.command("ZADD", lane.keys.failed, 5, "gossip", 6, "1-1", 7, "-", 8, "")
    assert ids(await look(lane, [OrderStatus.FAILED], EVERYTHING, 9)) == []


async def test_without_a_group_nothing_is_in_hand(lane: Lane) -> None:
    await placed_order(lane)
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    assert ids(await look(lane, [OrderStatus.PROCESSING], EVERYTHING, 9)) == []


async def test_what_cannot_be_read_is_listed_with_its_fault(lane: Lane) -> None:
    odd, torn, foreign = (
        await placed_order(lane),
        await placed_order(lane),
        await foreign_entry(lane, {"x": "y"}),
    )
    await lane.command("HSET", lane.keys.status(odd), "status", "shipped")
    await lane.command("SET", lane.keys.status(torn), "no hash")
    rows = (await look(lane, [], EVERYTHING, 9)).rows
    assert [row.id for row in rows] == [foreign, torn, odd]
    assert rows[0].order is not None
    assert [row.order for row in rows[1:]] == [None, None]
    assert "WRONGTYPE" in rows[1].fault
    assert "shipped" in rows[2].fault
    assert ids(await look(lane, [OrderStatus.PENDING], EVERYTHING, 9)) == [foreign]


async def test_rows_are_read_again_by_their_ids(lane: Lane) -> None:
    placed = await placed_orders(lane, 3)
    before = await versions_of(lane, placed)
    await cancel(lane, placed[1:2], actor="user:ann")
    await lane.command("XDEL", lane.keys.stream, placed[2])
    await lane.command("SET", lane.keys.status(placed[0]), "x")
    rows = await rows_of(lane, [*placed[::-1], "1-1"])
    assert [row.id for row in rows] == placed[:2][::-1]
    assert before == ["1", "1", "1"]
    assert await versions_of(lane, [*placed, "1-1"]) == ["", "2", "1", ""]


async def test_an_order_is_found_by_the_end_of_its_id(lane: Lane) -> None:
    placed = await placed_orders(lane, 3)
    time, _, sequence = placed[1].partition("-")
    assert await ids_ending(lane, f"{time[-5:]}-{sequence}") == [placed[1]]
    assert set(await ids_ending(lane, time[-5:])) == {i for i in placed if i.startswith(time)}
    assert await ids_ending(lane, "00000-99") == []
    assert placed[0] not in await ids_ending(lane, placed[0], among=2)


async def test_a_customers_orders_are_found_among_the_newest(lane: Lane) -> None:
    [old] = await placed_orders(lane, 1, customer_id="C-9")
    theirs = await placed_orders(lane, 3, customer_id="C-9")
    await placed_orders(lane, 2, customer_id="C-8")
    rows, number = await of_customer(lane, "C-9", 2, among=5)
    assert ([row.id for row in rows], number) == (theirs[:0:-1], 3)
    assert old not in {row.id for row in (await of_customer(lane, "C-9", 9, among=5))[0]}


async def test_neighbours(lane: Lane) -> None:
    first, second = await placed_orders(lane, 2)
    assert await neighbour(lane, first, newer=True) == second
    assert await neighbour(lane, second, newer=False) == first
    assert await neighbour(lane, second, newer=True) is None
    assert await neighbour(lane, first, newer=False) is None
