"""Looks through the orders, a bounded part of them at a time, also at those that cannot be read."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import LAST_ID, StoredOrder, Unreadable, id_order, pairs, stored_order
from orderstream.streams.connection import GroupLost
from orderstream.streams.entries import Span
from orderstream.streams.lane import WAITING, Lane

CHUNK: Final = 500  # entries that one read brings
# Entries that are looked at for one page: about 50 ms of Python.
LOOKED_AT_MAX: Final = 2_500
# Members that are read of an index at most.
INDEXED_MAX: Final = 10_000
# Statuses whose orders are found without looking through the stream.
INDEXED: Final = frozenset({OrderStatus.FAILED, OrderStatus.RETRYING, OrderStatus.PROCESSING})
# Before the one and behind the other there can be no id: Redis refuses to look.
_FIRST: Final = "0-0"


@dataclass(frozen=True, slots=True)
class Row:
    """An order in a list; `order` None: its status cannot be read, `fault` says why."""

    id: str
    entry: Mapping[str, str]
    order: StoredOrder | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first. `older`: what was not looked at yet lies before this id; None: there is nothing more.

    `newer` likewise behind it. `looked_at` 0: an index was asked; it is cut when not all of it was read.
    """

    rows: Sequence[Row]
    older: str | None = None
    newer: str | None = None
    looked_at: int = 0
    is_cut: bool = False


async def look(lane: Lane, statuses: Collection[OrderStatus], span: Span, limit: int) -> Found:
    """Orders of these statuses, or of any where none is named."""
    if span.before == _FIRST or span.after == LAST_ID:
        return Found(())
    if statuses and INDEXED.issuperset(statuses):
        return await _from_index(lane, statuses, span, limit)
    return (
        await _newer(lane, statuses, span, limit) if span.after else await _older(lane, statuses, span, limit)
    )


async def rows_of(lane: Lane, ids: Sequence[str]) -> list[Row]:
    """These orders as they are now, in this order; one that is gone is left out."""
    found = await lane.commands(("XRANGE", lane.keys.stream, i, i) for i in ids)
    return await _with_status(lane, [rows[0] for rows in found if rows])


async def versions_of(lane: Lane, ids: Sequence[str]) -> list[str]:
    """What tells whether anything happened to them."""
    keys = (lane.keys.status(order_id) for order_id in ids)
    found = await lane.commands((("HGET", key, "version") for key in keys), errors_in_place=True)
    return ["" if isinstance(each, Exception) else each or "" for each in found]


async def ids_ending(lane: Lane, tail: str, among: int = CHUNK) -> list[str]:
    """Of the newest ones those whose id ends so, or whose time does where no sequence is given."""
    rows = await lane.command("XREVRANGE", lane.keys.stream, "+", "-", "COUNT", among)
    return [i for i, _ in rows if (i if "-" in tail else i.partition("-")[0]).endswith(tail)]


async def neighbour(lane: Lane, order_id: str, *, newer: bool) -> str | None:
    """The next order in this direction; None at the end."""
    if order_id == (LAST_ID if newer else _FIRST):
        return None
    command, end = ("XRANGE", "+") if newer else ("XREVRANGE", "-")
    rows = await lane.command(command, lane.keys.stream, f"({order_id}", end, "COUNT", 1)
    return rows[0][0] if rows else None


async def of_customer(lane: Lane, customer_id: str, limit: int, among: int = CHUNK) -> tuple[list[Row], int]:
    """The newest orders of a customer among the newest of all, and how many there are among those."""
    entries = await lane.command("XREVRANGE", lane.keys.stream, "+", "-", "COUNT", among)
    theirs = [row for row in entries if row[1].get("customer_id") == customer_id]
    return await _with_status(lane, theirs[:limit]), len(theirs)


async def _older(lane: Lane, statuses: Collection[OrderStatus], span: Span, limit: int) -> Found:
    end, start = f"({span.before}" if span.before else span.until or "+", span.since or "-"
    kept: list[Any] = []
    looked_at, last = 0, span.before
    while looked_at < LOOKED_AT_MAX:
        size = CHUNK if statuses else limit + 1
        page = await lane.command("XREVRANGE", lane.keys.stream, end, start, "COUNT", size)
        for entry in await _matching(lane, page, statuses):
            if len(kept) == limit:
                return await _found(lane, kept, looked_at, older=last, newer=_first(kept, span))
            kept.append(entry)
            last = entry[0]
        looked_at += len(page)
        if len(page) < size:
            return await _found(lane, kept, looked_at, newer=_first(kept, span))
        last = page[-1][0]
        end = f"({last}"
    return await _found(lane, kept, looked_at, older=last, newer=_first(kept, span))


async def _newer(lane: Lane, statuses: Collection[OrderStatus], span: Span, limit: int) -> Found:
    """The oldest ones behind `span.after`, still told newest first."""
    start, end = f"({span.after}", span.until or "+"
    kept: list[Any] = []
    looked_at, last = 0, span.after
    while looked_at < LOOKED_AT_MAX:
        size = CHUNK if statuses else limit + 1
        page = await lane.command("XRANGE", lane.keys.stream, start, end, "COUNT", size)
        for entry in await _matching(lane, page, statuses):
            if len(kept) == limit:
                return await _found(lane, kept[::-1], looked_at, older=kept[0][0], newer=last)
            kept.append(entry)
            last = entry[0]
        looked_at += len(page)
        if len(page) < size:
            return await _found(lane, kept[::-1], looked_at, older=kept[0][0] if kept else span.after)
        last = page[-1][0]
        start = f"({last}"
    return await _found(lane, kept[::-1], looked_at, older=kept[0][0] if kept else span.after, newer=last)


def _first(kept: Sequence[Any], span: Span) -> str | None:
    """Whoever came from newer ones can go back."""
    return kept[0][0] if kept and span.before else None


async def _found(
    lane: Lane, entries: Sequence[Any], looked_at: int, older: str | None = None, newer: str | None = None
) -> Found:
    return Found(await _with_status(lane, entries), older, newer, looked_at)


async def _matching(lane: Lane, page: Sequence[Any], statuses: Collection[OrderStatus]) -> list[Any]:
    if not statuses:
        return list(page)
    keys = (lane.keys.status(order_id) for order_id, _ in page)
    found = await lane.commands((("HGET", key, "status") for key in keys), errors_in_place=True)
    # An entry that nobody has adopted yet has no status, and is pending.
    return [entry for entry, status in zip(page, found, strict=True) if (status or "pending") in statuses]


async def _from_index(lane: Lane, statuses: Collection[OrderStatus], span: Span, limit: int) -> Found:
    indexes = await asyncio.gather(*(_index(lane, status) for status in statuses))
    ids = sorted({i for index in indexes for i in index if _is_within(i, span)}, key=id_order, reverse=True)
    if span.after:
        behind = [i for i in ids if id_order(i) > id_order(span.after)]
        asked, has_newer, has_older = behind[-limit:], len(behind) > limit, len(behind) < len(ids)
    else:
        left = [i for i in ids if not span.before or id_order(i) < id_order(span.before)]
        asked, has_newer, has_older = left[:limit], len(left) < len(ids), len(left) > limit
    rows = [row for row in await rows_of(lane, asked) if row.order is None or row.order.status in statuses]
    return Found(
        rows,
        older=asked[-1] if asked and has_older else None,
        newer=asked[0] if asked and has_newer else None,
        is_cut=any(len(index) >= INDEXED_MAX for index in indexes),
    )


def _is_within(order_id: str, span: Span) -> bool:
    """Whatever else stands in an index is no order's id."""
    try:
        at = id_order(order_id)
    except ValueError:
        return False
    since = _boundary(span.since, 0)
    until = _boundary(span.until, 2**64)
    return since <= at <= until


def _boundary(text: str | None, otherwise: int) -> tuple[int, int]:
    """Milliseconds alone mean all of that millisecond, as in XRANGE."""
    if text is None:
        return otherwise, otherwise
    ms, _, sequence = text.partition("-")
    return int(ms), int(sequence) if sequence else otherwise


async def _index(lane: Lane, status: OrderStatus) -> list[str]:
    match status:
        case OrderStatus.FAILED:
            return list(await lane.command("ZRANGE", lane.keys.failed, -INDEXED_MAX, -1))
        case OrderStatus.RETRYING:
            return list(await lane.command("ZRANGE", lane.keys.retry, 0, INDEXED_MAX - 1))
    try:
        return await _in_hand(lane)
    except GroupLost:
        return []


async def _in_hand(lane: Lane) -> list[str]:
    """What is pending for a worker."""
    summary = await lane.command("XPENDING", lane.keys.stream, lane.group)
    ids: list[str] = []
    for holder in summary["consumers"] or ():
        if holder["name"] == WAITING or len(ids) >= INDEXED_MAX:
            continue
        words = ("XPENDING", lane.keys.stream, lane.group, "-", "+", INDEXED_MAX - len(ids), holder["name"])
        ids += [row["message_id"] for row in await lane.command(*words, parse_detail=True)]
    return ids


async def _with_status(lane: Lane, entries: Iterable[Any]) -> list[Row]:
    found = list(entries)
    hashes = await lane.commands(
        (("HGETALL", lane.keys.status(order_id)) for order_id, _ in found), errors_in_place=True
    )
    return [_row(order_id, entry, status) for (order_id, entry), status in zip(found, hashes, strict=True)]


def _row(order_id: str, entry: Mapping[str, str], status: Any) -> Row:
    if isinstance(status, ResponseError):
        return Row(order_id, entry, None, str(status))
    try:
        return Row(order_id, entry, stored_order(order_id, entry, pairs(status)))
    except Unreadable as error:
        return Row(order_id, entry, None, str(error.__cause__ or error))
