"""Reads orders: one, a span by time or id, the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from redis.exceptions import ResponseError

from orderstream.streams.codec import StoredOrder, Unreadable, pairs, stored_order
from orderstream.streams.lane import Lane
from orderstream.streams.unreadable import say_once

Boundary: TypeAlias = datetime | str | None
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next_cursor` None: there are no more."""

    orders: Sequence[StoredOrder]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """Oldest first. A status is empty where there is none, or none that can be read. `behind` is where the
    next page begins, empty when this was the last."""

    ids: Sequence[str]
    statuses: Sequence[str]
    behind: str


async def list_entries(lane: Lane, start: str, most: int) -> Listed:
    """A page of the stream, whatever its entries hold: fewer than `most` where they are large."""
    behind, ids, statuses = await lane.run("list_entries", args=[start, most])
    return Listed(ids, statuses, behind)


async def order(lane: Lane, order_id: str) -> StoredOrder | None:
    """Entry and latest status; None when there is no such order, Unreadable when its status is not ours."""
    rows = await lane.command("XRANGE", lane.keys.stream, order_id, order_id)
    if not rows:
        return None
    try:
        status = await lane.command("HGETALL", lane.keys.status(order_id))
    except ResponseError as error:
        raise Unreadable(f"status of order {order_id}: {error}") from error
    return stored_order(order_id, rows[0][1], pairs(status))


async def is_known(lane: Lane, order_id: str) -> bool:
    """Is there an entry or a status of this id, readable or not?"""
    rows, statuses = await lane.commands(
        [("XRANGE", lane.keys.stream, order_id, order_id), ("EXISTS", lane.keys.status(order_id))]
    )
    return bool(rows or statuses)


async def by_ids(lane: Lane, ids: Sequence[str]) -> dict[str, StoredOrder]:
    """Those of the orders that there are and that can be read."""
    rows = await lane.commands(("XRANGE", lane.keys.stream, i, i) for i in ids)
    found = await _with_status(lane, [entries[0] for entries in rows if entries])
    return {each.id: each for each in found}


async def orders(
    lane: Lane,
    since: Boundary = None,
    until: Boundary = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page:
    """A span, boundaries included, as moments or ids; `cursor` is the `next_cursor` of the page before.

    What cannot be read is left out: one bad key must not take the list away.
    """
    latest = f"({cursor}" if cursor else _boundary(until, "+")
    rows = await lane.command(
        "XREVRANGE", lane.keys.stream, latest, _boundary(since, "-"), "COUNT", limit + 1
    )
    kept = rows[:limit]
    return Page(await _with_status(lane, kept), kept[-1][0] if len(rows) > limit else None)


async def newest(lane: Lane, limit: int) -> list[StoredOrder]:
    return list((await orders(lane, limit=limit)).orders)


def _boundary(given: Boundary, otherwise: str) -> str:
    if isinstance(given, datetime):
        return str((given - _EPOCH) // timedelta(milliseconds=1))
    return given or otherwise


async def _with_status(lane: Lane, entries: Sequence[Any]) -> list[StoredOrder]:
    rows = await lane.commands(
        (("HGETALL", lane.keys.status(order_id)) for order_id, _ in entries), errors_in_place=True
    )
    readable = []
    for (order_id, entry), status in zip(entries, rows, strict=True):
        try:
            if isinstance(status, ResponseError):
                raise Unreadable(f"status of order {order_id}: {status}")
            readable.append(stored_order(order_id, entry, pairs(status)))
        except Unreadable as error:
            say_once(order_id, error)
    return readable
