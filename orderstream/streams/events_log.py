"""Reads the log of events: its tail, and one order's history."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from redis.exceptions import ResponseError

from orderstream.domain.events import Event, EventType
from orderstream.streams.codec import Unreadable, event_from, id_ms, id_order, pairs
from orderstream.streams.connection import GroupLost
from orderstream.streams.figures import snapshot
from orderstream.streams.lane import Lane
from orderstream.streams.unreadable import say_once

BEGINNING = "0-0"
AHEAD: Final = ("ids_ahead_since", "ids_ahead_until")  # in orders:control, ms
_AHEAD_MS: Final = 1_000  # by so much an id may be ahead of the clock without being noted: _prelude.lua
PAGE: Final = 2_000  # entries that one call looks through: about 2 ms of the server's time


async def read_events(lane: Lane, after: str, count: int, block_ms: int | None = None) -> list[Event]:
    """The events behind the cursor `after`, waiting up to `block_ms` when there is none.

    With `block_ms` the lane's client must be one of `connect(url, blocking=True)`. What is no event of
    ours is passed over: a reader whose cursor never got behind it would ask for the same page for ever.
    """
    blocking = () if block_ms is None else ("BLOCK", block_ms)
    while True:
        reply = await lane.command("XREAD", "COUNT", count, *blocking, "STREAMS", lane.keys.events, after)
        rows = [row for _, page in reply or () for row in page]
        events = _readable(rows)
        if events or not rows:
            return events
        after = rows[-1][0]


async def last_cursor(lane: Lane) -> str:
    """The id of the last event ever written, also when it is trimmed; 0-0 when there was none."""
    about = await _about(lane)
    return str(about.get("last-generated-id", BEGINNING))


async def length(lane: Lane) -> int:
    """How many events there are now."""
    return int(await lane.command("XLEN", lane.keys.events))


async def is_trimmed(lane: Lane, cursor: str) -> bool:
    """Are events behind `cursor` gone? Then a view at that cursor needs a new snapshot."""
    about = await _about(lane)
    if not about or int(about["entries-added"]) == int(about["length"]):
        return False
    first = about["first-entry"]
    return first is None or id_order(cursor) < id_order(first[0])


async def trimmed_until_ms(lane: Lane) -> int | None:
    """Events up to this moment may be gone; None while the log is whole.

    One that was deleted counts none of them as gone, but the totals count all that were ever written.
    """
    taken = await snapshot(lane)
    counted = sum(taken.totals.get(counter_of(kind), 0) for kind in EventType)
    about = await _about(lane)
    if max(counted, int(about.get("entries-added", 0))) <= int(about.get("length", 0)):
        return None
    if not about:
        return taken.now_ms
    first = about["first-entry"]
    return id_ms(first[0] if first else about["last-generated-id"])


def counter_of(kind: EventType) -> str:
    """The total that counts the events of this type."""
    return "n_" + kind.removeprefix("order.")


async def is_beyond_end(lane: Lane, cursor: str) -> bool:
    """Is `cursor` of a log that no longer is? So after a failover or a restore from a backup."""
    return id_order(cursor) > id_order(await last_cursor(lane))


async def events_of(lane: Lane, order_id: str) -> list[Event]:
    """One order's events in the order of their versions."""
    try:
        version = int(await lane.command("HGET", lane.keys.status(order_id), "version") or 0)
    except (
        ValueError,
        ResponseError,
    ):  # a broken status; the log is looked through to its end
        version = 0
    found = await events_of_many(lane, [order_id], until_version=version)
    return found.get(order_id, [])


async def events_of_many(lane: Lane, ids: Sequence[str], *, until_version: int = 0) -> dict[str, list[Event]]:
    """The events of these orders; those without any are left out. The server filters, page by page.

    The search starts where the oldest of them was placed. With `until_version` it ends at that version.
    """
    found: dict[str, list[Event]] = {}
    if not ids:
        return found
    start = f"{await placed_from(lane, min(id_ms(i) for i in ids))}-0"
    while start:
        events, start = await find_page(lane, start, ids)
        for event in events:
            found.setdefault(event.order_id, []).append(event)
            if event.version == until_version:
                return found
    return found


async def find_page(lane: Lane, start: str, ids: Sequence[str]) -> tuple[list[Event], str]:
    """The events of these orders on the page that begins at `start`, and where to go on; empty at the end."""
    rows, behind = await lane.run("find_events", args=[start, PAGE, *ids])
    return _readable([(event_id, pairs(flat)) for event_id, flat in rows]), behind


def _readable(rows: Sequence[tuple[str, Mapping[str, str]]]) -> list[Event]:
    events = []
    for event_id, fields in rows:
        try:
            events.append(event_from(event_id, fields))
        except Unreadable as error:
            say_once(event_id, error)
    return events


async def placed_from(lane: Lane, at_ms: int) -> int:
    """When an order with such an id was recorded first: before it, if its id was ahead of the clock."""
    return (await placed_from_each(lane, [at_ms]))[0]


async def placed_from_each(lane: Lane, moments_ms: Sequence[int]) -> list[int]:
    """The same of several."""
    since, until = ahead_of(await lane.command("HMGET", lane.keys.control, *AHEAD))
    return [min(at_ms, since) if at_ms <= until else max(0, at_ms - _AHEAD_MS) for at_ms in moments_ms]


def ahead_of(stored: Sequence[str | None]) -> tuple[int, int]:
    """Since when ids were ahead of the clock, and until which; (0, 0) where none were. `stored`: of AHEAD."""
    since, until = (int(text) if text and text.isdecimal() else 0 for text in stored)
    return (since, until) if since and until else (0, 0)


async def _about(lane: Lane) -> dict[str, Any]:
    try:
        return pairs(await lane.command("XINFO", "STREAM", lane.keys.events))
    except GroupLost:  # "no such key": nothing was ever recorded
        return {}
