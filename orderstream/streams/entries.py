"""Pages through the raw entries of any of our streams, newest first, whatever they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orderstream.streams.inspection import StreamName
from orderstream.streams.lane import Lane


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for. `since` and `until` are ids or ms, included; `before` and `after` ids, and not.

    `after` asks for the oldest ones behind it, all others for the newest ones."""

    since: str | None = None
    until: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Newest first. `has_older` and `has_newer` within what was asked for by `since` and `until`."""

    entries: Sequence[Entry]
    has_older: bool
    has_newer: bool


async def entries(lane: Lane, name: StreamName, span: Span, limit: int) -> EntryPage:
    key = name.key(lane)
    oldest, newest = span.since or "-", span.until or "+"
    if span.after:
        rows = await lane.command("XRANGE", key, f"({span.after}", newest, "COUNT", limit + 1)
        kept = [Entry(*row) for row in reversed(rows[:limit])]
        return EntryPage(kept, has_older=True, has_newer=len(rows) > limit)
    end = f"({span.before}" if span.before else newest
    rows = await lane.command("XREVRANGE", key, end, oldest, "COUNT", limit + 1)
    kept = [Entry(*row) for row in rows[:limit]]
    return EntryPage(kept, has_older=len(rows) > limit, has_newer=span.before is not None)


async def has_newer(lane: Lane, name: StreamName, entry_id: str) -> bool:
    """Is there an entry behind this one?"""
    return bool(await lane.command("XRANGE", name.key(lane), f"({entry_id}", "+", "COUNT", 1))
