"""Looks at one order from all sides, also where what is stored of it is broken or partly gone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import StoredOrder, Unreadable, id_order, pairs, stored_order
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import WAITING, Lane

# Entries that are looked at to tell how many wait before an order: about 2 ms of the server's time a page.
_COUNT_PAGE: Final = 500
COUNTED_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom the order is pending in the group, since when it was handed over, and how often it was."""

    consumer: str
    idle_ms: int
    deliveries: int

    @property
    def is_parked(self) -> bool:
        return self.consumer == WAITING


@dataclass(frozen=True, slots=True)
class Ahead:
    """Orders that come before this one; not exact: there are more."""

    count: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """`entry` None: gone from the stream. `status` as it is stored, empty: there is none. `order` None: the
    status cannot be read, and `fault` says why.

    `is_delivered` None: nobody knows, for the group is gone.
    """

    id: str
    entry: Mapping[str, str] | None
    status: Mapping[str, str]
    order: StoredOrder | None
    fault: str
    holder: Holder | None
    is_delivered: bool | None
    ahead: Ahead | None
    now_ms: int


async def find(lane: Lane, order_id: str) -> Findings | None:
    """None: there is neither an entry nor a status of this id."""
    keys = lane.keys
    (rows, status, groups), holder, now_ms = await asyncio.gather(
        lane.commands(
            [
                ("XRANGE", keys.stream, order_id, order_id),
                ("HGETALL", keys.status(order_id)),
                ("XINFO", "GROUPS", keys.stream),
            ],
            errors_in_place=True,
        ),
        _holder(lane, order_id),
        lane.now_ms(),
    )
    entry = dict(rows[0][1]) if _is_filled(rows) else None
    if entry is None and status == {}:
        return None
    order, fault = _read(order_id, entry or {}, status)
    last = _last_delivered(groups, lane.group)
    is_delivered = None if last is None else id_order(order_id) <= id_order(last)
    ahead = await _ahead(lane, order, is_delivered, last) if order and entry else None
    return Findings(
        id=order_id,
        entry=entry,
        status={} if isinstance(status, Exception) else pairs(status),
        order=order,
        fault=fault,
        holder=holder,
        is_delivered=is_delivered,
        ahead=ahead,
        now_ms=now_ms,
    )


async def state_of(lane: Lane, order_id: str) -> tuple[str, str] | None:
    """Status and version as they are stored: enough to tell whether anything happened to the order."""
    try:
        status, version = await lane.command("HMGET", lane.keys.status(order_id), "status", "version")
    except ResponseError:
        return None
    return None if status is None or version is None else (status, version)


def _is_filled(reply: Any) -> bool:
    return isinstance(reply, list) and bool(reply)


def _read(order_id: str, entry: Mapping[str, str], status: Any) -> tuple[StoredOrder | None, str]:
    if isinstance(status, Exception):
        return None, str(status)
    try:
        return stored_order(order_id, entry, pairs(status)), ""
    except Unreadable as error:
        return None, str(error.__cause__ or error)


async def _holder(lane: Lane, order_id: str) -> Holder | None:
    words = ("XPENDING", lane.keys.stream, lane.group, order_id, order_id, 1)
    try:
        page = await lane.command(*words, parse_detail=True)
    except (GroupLost, ResponseError):
        return None
    if not page:
        return None
    [row] = page
    return Holder(row["consumer"], int(row["time_since_delivered"]), int(row["times_delivered"]))


def _last_delivered(groups: Any, name: str) -> str | None:
    if not _is_filled(groups):
        return None
    return next((str(g["last-delivered-id"]) for g in map(pairs, groups) if g["name"] == name), None)


async def _ahead(lane: Lane, order: StoredOrder, is_delivered: bool | None, last: str | None) -> Ahead | None:
    """Of what waits to be handed out: undelivered entries before it, or retries that are due sooner."""
    if order.status not in {OrderStatus.PENDING, OrderStatus.RETRYING} or last is None:
        return None
    if is_delivered:
        before = f"({order.next_attempt_at_ms or order.created_at_ms}"
        return Ahead(int(await lane.command("ZCOUNT", lane.keys.retry, "-inf", before)), True)
    count, start = 0, f"({last}"
    args: list[str | int]
    while start and count < COUNTED_MAX:
        args = [start, f"({order.id}", _COUNT_PAGE]
        found, start = await lane.run("count_entries", keys=[lane.keys.stream], args=args)
        count += int(found)
    return Ahead(count, not start)
