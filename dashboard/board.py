"""The ordered, bounded view of the newest orders at a cursor, and what changed in it since another cursor."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dashboard.cursors import START, Cursor
from dashboard.protocol import OrderRow
from dashboard.rows import ARRIVALS, ShownOrder
from orderstream.domain.events import Event, EventType


@dataclass(frozen=True)
class Changes:
    """Rows that a view lacks, newest first, and how many orders arrived besides that have no row any more."""

    orders: tuple[OrderRow, ...]
    left_out: int


class Board:
    """The newest orders, exact at `cursor` once everything is quiet; rows may run ahead of it, never behind.

    `base` is the earliest cursor from which the view knows every change. `epoch` grows when the truth itself
    went back (a failover lost events), so that what clients have seen counts for nothing. `arrived` counts
    the orders placed or adopted up to the cursor.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.cursor = self.base = START
        self.epoch = 0
        self.arrived = 0
        self._shown: dict[Cursor, ShownOrder] = {}

    @property
    def newest(self) -> Cursor:
        """The id of the newest order that is known; ids only grow, so every earlier one was known too."""
        return max(self._shown, default=START)

    def rows(self) -> tuple[OrderRow, ...]:
        """Newest first."""
        return tuple(self._shown[order_id].row for order_id in sorted(self._shown, reverse=True))

    def fold(self, event: Event) -> bool:
        """Apply the log's next event; False when it does not tell all, so that rows must be read anew."""
        cursor, order_id = Cursor.parse(event.id), Cursor.parse(event.order_id)
        if cursor <= self.cursor:
            return True
        self.cursor = cursor
        if event.type in ARRIVALS:
            self.arrived += 1
        if event.type is EventType.ADOPTED:
            return False  # somebody else's entry may say more or other than what was adopted of it
        shown = self._shown.get(order_id)
        if shown is not None:
            self._shown[order_id] = shown.after(event, cursor)
            return event.version <= shown.latest.version + 1
        if event.type in ARRIVALS:
            self._shown[order_id] = ShownOrder.arrived(event, cursor)
            if len(self._shown) > self.size:
                del self._shown[min(self._shown)]
        return True

    def renew(self, cursor: Cursor, arrived: int, stored: Iterable[ShownOrder]) -> None:
        """Take over rows read whole after `cursor`: at the start, after an outage, when too far behind."""
        fresh = {Cursor.parse(shown.latest.id): shown for shown in stored}
        if self.epoch == 0 or self._went_back(cursor, fresh):
            self.epoch += 1
            self.base = cursor
            self._shown = fresh
        else:
            self._shown = {
                order_id: self._renewed(order_id, shown, cursor) for order_id, shown in fresh.items()
            }
        self.cursor, self.arrived = cursor, arrived

    def _renewed(self, order_id: Cursor, fresh: ShownOrder, cursor: Cursor) -> ShownOrder:
        known = self._shown.get(order_id)
        if known is None:
            return replace(fresh, known_at=cursor, changed_at=cursor)
        if known.latest == fresh.latest:
            return known
        # An entry that was in the stream before anybody adopted it arrives now.
        known_at = known.known_at if known.latest.version else cursor
        return replace(fresh, known_at=known_at, changed_at=cursor)

    def _went_back(self, cursor: Cursor, fresh: dict[Cursor, ShownOrder]) -> bool:
        """Events, versions or whole orders that were shown are gone: a failover, a restore, a trim."""
        if cursor < self.cursor:
            return True
        oldest = min(fresh) if len(fresh) >= self.size else START
        return any(
            (order_id > oldest and order_id not in fresh)
            or (order_id in fresh and fresh[order_id].latest.version < shown.latest.version)
            for order_id, shown in self._shown.items()
        )

    def extend_back(self, cursor: Cursor, events: Sequence[Event]) -> None:
        """Know every change from `cursor` on, given all events between it and `base`."""
        for event in events:
            order_id, at = Cursor.parse(event.order_id), Cursor.parse(event.id)
            shown = self._shown.get(order_id)
            if shown is None or at > self.base:
                continue
            known_at = at if event.type in ARRIVALS else shown.known_at
            changed_at = max(at, shown.changed_at)
            self._shown[order_id] = replace(shown, known_at=known_at, changed_at=changed_at)
        self.base = min(self.base, cursor)

    def changes_since(self, cursor: Cursor, arrived: int | None) -> Changes | None:
        """What a view at `cursor` lacks; None when that cannot be said and it needs the whole.

        `arrived` is the count at that cursor. Where it is unknown, changes can be told only as long as some
        row was known there already: then no newer order can have come and gone in between.
        """
        if not self.base <= cursor <= self.cursor:
            return None
        changed = [order_id for order_id, shown in self._shown.items() if shown.changed_at > cursor]
        new = sum(shown.known_at > cursor for shown in self._shown.values())
        if arrived is None and new >= self.size:
            return None
        left_out = 0 if arrived is None else max(0, self.arrived - arrived - new)
        orders = tuple(self._shown[order_id].row for order_id in sorted(changed, reverse=True))
        return Changes(orders, left_out)
