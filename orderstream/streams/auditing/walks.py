"""Goes through stream, pending list and indexes a page at a time, and picks what deserves a look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from orderstream.domain.status import UNFINISHED, OrderStatus
from orderstream.streams.codec import LAST_ID
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import list_entries

PAGE: Final = 500
_ENDED: Final = frozenset(set(OrderStatus) - UNFINISHED)


@dataclass(frozen=True, slots=True)
class Picked:
    """`ids` of one page that deserve a look; `behind` is where the next begins, empty when this was the last.
    `looked`: how many were gone through. `last`: behind everything that was seen, where that is known.
    `ended`: of the stream, the others."""

    ids: list[str]
    behind: str
    looked: int
    last: str = ""
    ended: Sequence[str] = ()


async def entries(lane: Lane, after: str) -> Picked:
    """Of the stream: what has not ended, as far as its status tells, and what has."""
    page = await list_entries(lane, after or "-", PAGE)
    ids, stored = page.ids, page.statuses
    picked = [i for i, status in zip(ids, stored, strict=True) if status not in _ENDED]
    ended = [i for i, status in zip(ids, stored, strict=True) if status in _ENDED]
    last = f"({ids[-1]}" if ids and ids[-1] != LAST_ID else ""
    return Picked(picked, page.behind, len(ids), last, ended)


async def pending(lane: Lane, after: str) -> Picked:
    """Of the pending list: what is no unfinished order. GroupLost."""
    page = await lane.command(
        "XPENDING", lane.keys.stream, lane.group, after or "-", "+", PAGE, parse_detail=True
    )
    ids = [row["message_id"] for row in page]
    stored = await _statuses(lane, ids)
    picked = [i for i, status in zip(ids, stored, strict=True) if status not in UNFINISHED]
    return Picked(picked, _behind(ids), len(ids))


async def retries(lane: Lane, cursor: str) -> Picked:
    """Of the retry index: what does not wait."""
    return await _members(lane, lane.keys.retry, cursor, {OrderStatus.PENDING, OrderStatus.RETRYING})


async def letters(lane: Lane, cursor: str) -> Picked:
    """Of the dead letters: what has not failed."""
    return await _members(lane, lane.keys.failed, cursor, {OrderStatus.FAILED})


async def _members(lane: Lane, index: str, cursor: str, expected: set[OrderStatus]) -> Picked:
    behind, flat = await lane.command(b"ZSCAN", index, cursor or "0", "COUNT", PAGE)
    ids = list(dict.fromkeys(flat[::2]))
    stored = await _statuses(lane, ids)
    picked = [i for i, status in zip(ids, stored, strict=True) if status not in expected]
    return Picked(picked, "" if str(behind) == "0" else str(behind), len(ids))


async def has_group(lane: Lane) -> bool:
    try:
        await lane.command("XPENDING", lane.keys.stream, lane.group, "-", "+", 1, parse_detail=True)
    except GroupLost:
        return False
    return True


async def has_entries(lane: Lane) -> bool:
    return int(await lane.command("XLEN", lane.keys.stream)) > 0


async def _statuses(lane: Lane, ids: Sequence[str]) -> list[Any]:
    """None where there is none, and also where the key is of another type."""
    asked = (("HGET", lane.keys.status(i), "status") for i in ids)
    stored = await lane.commands(asked, errors_in_place=True)
    return [None if isinstance(each, Exception) else each for each in stored]


def _behind(ids: Sequence[str]) -> str:
    return f"({ids[-1]}" if len(ids) == PAGE and ids[-1] != LAST_ID else ""
