"""Pages through what a group was handed and has not acknowledged: whose, since when, and as what order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from orderstream.domain.events import ms_of
from orderstream.streams.codec import LAST_ID
from orderstream.streams.inspection import NoSuchGroup, StreamName, group_names
from orderstream.streams.lane import Lane

# Entries that one call looks through for old ones. XPENDING's own IDLE goes through the whole list at once:
# 13 ms of the server's time at 100,000 entries.
LOOKED_AT_MAX: Final = 5_000
_PAGE: Final = 500
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """One entry. What its status hash does not say, or says in no way of ours, is None."""

    entry_id: str
    owner: str
    idle_ms: int
    deliveries: int
    status: str | None = None
    attempt: int | None = None
    worker: str | None = None
    started_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PendingPage:
    """Oldest first. `next_cursor` None: there are no more; else there may be, also behind an empty page."""

    entries: Sequence[PendingEntry]
    next_cursor: str | None


async def pending(
    lane: Lane,
    name: StreamName,
    group: str,
    *,
    consumer: str | None = None,
    min_idle_ms: int = 0,
    limit: int = 50,
    cursor: str | None = None,
) -> PendingPage:
    """`cursor` is the `next_cursor` of the page before. NoSuchGroup."""
    known = await group_names(lane, name)
    if group not in known:
        raise NoSuchGroup(list(known))
    rows: list[Any] = []
    looked_at, after, is_more = 0, cursor, cursor != LAST_ID
    while is_more and len(rows) < limit and looked_at < LOOKED_AT_MAX:
        size = _PAGE if min_idle_ms else limit + 1
        page = await _page(lane, name.key(lane), group, consumer, after, size)
        looked_at += len(page)
        is_more = len(page) == size and page[-1]["message_id"] != LAST_ID
        for row in page:
            if len(rows) == limit:
                is_more = True
                break
            after = row["message_id"]
            if row["time_since_delivered"] >= min_idle_ms:
                rows.append(row)
    return PendingPage(await _with_status(lane, rows), after if is_more else None)


async def held_by(
    lane: Lane, workers: Sequence[str], limit: int, *, min_idle_ms: int = 0
) -> dict[str, list[PendingEntry]]:
    """The first entries that each of these holds in our group, without their statuses; in one round trip."""
    idle = ("IDLE", min_idle_ms) if min_idle_ms else ()
    key, group = lane.keys.stream, lane.group
    pages = await lane.commands(
        (("XPENDING", key, group, *idle, "-", "+", limit, worker) for worker in workers),
        errors_in_place=True,
        parse_detail=True,
    )
    return {
        worker: [_entry(row, (None,) * 4) for row in page]
        for worker, page in zip(workers, pages, strict=True)
        if not isinstance(page, Exception)
    }


async def _page(
    lane: Lane, key: str, group: str, consumer: str | None, after: str | None, size: int
) -> list[Any]:
    start = f"({after}" if after else "-"
    whose = (consumer,) if consumer else ()
    page = await lane.command("XPENDING", key, group, start, "+", size, *whose, parse_detail=True)
    return list(page)


async def _with_status(lane: Lane, rows: Sequence[Any]) -> list[PendingEntry]:
    fields = ("status", "attempt", "worker_id", "started_at")
    hashes = await lane.commands(
        (("HMGET", lane.keys.status(row["message_id"]), *fields) for row in rows), errors_in_place=True
    )
    return [_entry(row, values) for row, values in zip(rows, hashes, strict=True)]


def _entry(row: Any, values: Any) -> PendingEntry:
    status, attempt, worker, started_at = (None,) * 4 if isinstance(values, Exception) else values
    return PendingEntry(
        entry_id=row["message_id"],
        owner=row["consumer"],
        idle_ms=int(row["time_since_delivered"]),
        deliveries=int(row["times_delivered"]),
        status=status,
        attempt=int(attempt) if attempt and _NUMBER.fullmatch(attempt) else None,
        worker=worker,
        started_at_ms=_ms(started_at),
    )


def _ms(seconds: str | None) -> int | None:
    try:
        at_ms = ms_of(seconds) if seconds else None
    except (ValueError, OverflowError):
        return None
    return at_ms if at_ms is None or 0 <= at_ms < 2**53 else None
