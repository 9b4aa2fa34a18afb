"""Reads the log of events forward, page by page, and notices what is gone from it or none of ours."""

from dataclasses import dataclass
from typing import Any

from orderstream.domain.events import Event
from orderstream.streams.codec import Unreadable, event_from, id_ms, id_order, is_order_id, pairs
from orderstream.streams.events_log import BEGINNING
from orderstream.streams.lane import Lane


class LogReplaced(Exception):  # noqa: N818 an event, not a fault: whoever reads begins anew
    """The log ends before where we have been: a failover, or a restore from a backup."""


@dataclass(frozen=True, slots=True)
class Page:
    """`is_torn`: events behind the page before are gone that nobody has read."""

    events: tuple[Event, ...]
    unreadable: tuple[str, ...]
    is_last: bool
    is_torn: bool


@dataclass(slots=True)
class Tail:
    """`cursor`: the last event that was read. `deleted`: how many events are gone from the log in all."""

    lane: Lane
    page: int
    cursor: str = BEGINNING
    deleted: int = 0
    # Events of orders that were placed before this one may be gone; empty while the log is whole.
    front: str = ""
    _deleted_unread: int = -1
    _rows: int = 0
    _is_holed: bool = False

    async def read(self, until: str = "+") -> Page:
        """The next page, up to `until` at most."""
        key = self.lane.keys.events
        words = ("XRANGE", key, f"({self.cursor}", until, "COUNT", self.page)
        rows, about = await self.lane.commands(
            [words, ("XINFO", "STREAM", key)], errors_in_place=True, atomic=True
        )
        if isinstance(rows, Exception):
            raise rows
        is_torn = not isinstance(about, Exception) and self._note(pairs(about))
        self._rows += len(rows)
        events, unreadable = [], []
        for event_id, fields in rows:
            try:
                events.append(_event(event_id, fields))
            except Unreadable:
                unreadable.append(event_id)
        if rows:
            self.cursor = rows[-1][0]
        is_last = len(rows) < self.page
        if is_last and until != "+":
            self.cursor = until
        return Page(tuple(events), tuple(unreadable), is_last, is_torn)

    def has_lost_beginning_of(self, order_id: str) -> bool:
        """May the first events of this order have been trimmed away, as the log's front always goes first?"""
        if not self.front:
            return False
        placed, front = id_ms(order_id), id_ms(self.front)
        return placed < front or (placed == front and not self._is_holed)

    def _note(self, about: dict[str, Any]) -> bool:
        if id_order(str(about["last-generated-id"])) < id_order(self.cursor):
            raise LogReplaced(self.cursor)
        self.deleted = int(about["entries-added"]) - int(about["length"])
        first = about["first-entry"]
        front = str(first[0] if first else about["last-generated-id"])
        # Deleted one by one, the log is holed; trimming takes its front and leaves no such mark.
        self._is_holed = id_order(str(about["max-deleted-entry-id"])) > id_order(front)
        if self._deleted_unread < 0:
            self._deleted_unread = self.deleted
            self.front = front if self.deleted else ""
            return False
        is_torn = id_order(front) > id_order(self.cursor) and self.deleted - self._deleted_unread > self._rows
        if is_torn:
            self.front, self._deleted_unread, self._rows = front, self.deleted, 0
        return is_torn


def _event(event_id: str, fields: dict[str, str]) -> Event:
    event = event_from(event_id, fields)
    if not is_order_id(event.order_id):
        raise Unreadable(f"event {event_id}: no order has the id {event.order_id!r}")
    return event
