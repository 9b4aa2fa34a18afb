"""Reads the log of events forward, page by page, and notices what is gone from it or none of ours."""

from dataclasses import dataclass
from typing import Any

from orderstream.domain.events import Event
from orderstream.streams.codec import Unreadable, event_from, id_ms, id_order, is_order_id, pairs
from orderstream.streams.events_log import AHEAD, BEGINNING, ahead_of
from orderstream.streams.lane import Lane


class LogReplaced(Exception):  # noqa: N818 an event, not a fault: whoever reads begins anew
    """The log lacks what we have read: a failover, or a restore from a backup."""


@dataclass(frozen=True, slots=True)
class Page:
    """`is_torn`: events behind the page before are gone that nobody has read."""

    events: tuple[Event, ...]
    unreadable: tuple[str, ...]
    is_last: bool
    is_torn: bool


@dataclass(slots=True)
class Tail:
    """`cursor`: the last event that was read. `unread`: how many were gone from the log before they were."""

    lane: Lane
    page: int
    cursor: str = BEGINNING
    unread: int = 0
    # Events of orders that were placed before this one may be gone; empty while the log is whole.
    front: str = ""
    _last: tuple[str, dict[str, str]] | None = None
    _rows: int = 0
    _is_holed: bool = False
    # Ids up to the second, ms, may be of orders that were placed from the first on.
    _ahead: tuple[int, int] = (0, 0)

    async def read(self, until: str = "+") -> Page:
        """The next page, up to `until` at most. LogReplaced."""
        key = self.lane.keys.events
        # With the last one that was read: ids are times, so a log that lacks it may well have later ones.
        start = self._last[0] if self._last else BEGINNING
        words = ("XRANGE", key, start, until, "COUNT", self.page + 1)
        asked = (words, ("XINFO", "STREAM", key), ("HMGET", self.lane.keys.control, *AHEAD))
        rows, about, ahead = await self.lane.commands(asked, errors_in_place=True, atomic=True)
        if isinstance(rows, Exception):
            raise rows
        self._ahead = (0, 0) if isinstance(ahead, Exception) else ahead_of(ahead)
        is_there = self._last is None or (bool(rows) and tuple(rows[0]) == self._last)
        is_torn = False
        if not isinstance(about, Exception):
            is_torn = self._note(pairs(about), is_there=is_there)
        elif self._last is not None:  # there is no log any more
            raise LogReplaced(self.cursor)
        if self._last is not None and is_there:
            rows = rows[1:]
        is_last = len(rows) < self.page
        rows = rows[: self.page]
        self._rows += len(rows)
        events, unreadable = [], []
        for event_id, fields in rows:
            try:
                events.append(_event(event_id, fields))
            except Unreadable:
                unreadable.append(event_id)
        if rows:
            self.cursor, self._last = rows[-1][0], tuple(rows[-1])
        if is_last and until != "+":
            self.cursor = until
        return Page(tuple(events), tuple(unreadable), is_last, is_torn)

    def has_lost_beginning_of(self, order_id: str) -> bool:
        """May the first events of this order have been trimmed away, as the log's front always goes first?"""
        return self._has_lost(id_ms(order_id))

    def may_have_lost_beginning_of(self, order_id: str) -> bool:
        """The same if its id may have been ahead of the clock: then it was placed before."""
        placed, (since, until) = id_ms(order_id), self._ahead
        return self._has_lost(min(placed, since) if placed <= until else placed)

    def _has_lost(self, placed_ms: int) -> bool:
        if not self.front:
            return False
        front = id_ms(self.front)
        return placed_ms < front or (placed_ms == front and not self._is_holed)

    def _note(self, about: dict[str, Any], *, is_there: bool) -> bool:
        first = about["first-entry"]
        front = str(first[0] if first else about["last-generated-id"])
        deleted_most = str(about["max-deleted-entry-id"])
        # What was read last is there, trimmed or deleted; else the log is another one.
        is_gone = first is None or max(id_order(front), id_order(deleted_most)) >= id_order(self.cursor)
        if id_order(str(about["last-generated-id"])) < id_order(self.cursor) or not (is_there or is_gone):
            raise LogReplaced(self.cursor)
        deleted = int(about["entries-added"]) - int(about["length"])
        # Deleted one by one, the log is holed; trimming takes its front and leaves no such mark.
        self._is_holed = id_order(deleted_most) > id_order(front)
        is_first = self.cursor == BEGINNING
        # What is gone and was not read: at the first page all of it, later what outruns us.
        is_torn = (
            not is_first and id_order(front) > id_order(self.cursor) and deleted - self.unread > self._rows
        )
        if is_first or is_torn:
            self.unread = deleted - (0 if is_first else self._rows)
        self.front = front if deleted else ""
        return is_torn


def _event(event_id: str, fields: dict[str, str]) -> Event:
    event = event_from(event_id, fields)
    if not is_order_id(event.order_id):
        raise Unreadable(f"event {event_id}: no order has the id {event.order_id!r}")
    return event
