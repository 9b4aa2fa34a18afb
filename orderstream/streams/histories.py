"""Finds what the log says of one order with bounded work, however much has been written since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orderstream.domain.events import Event
from orderstream.streams.codec import StoredOrder, Unreadable, event_from, id_ms, id_order, pairs
from orderstream.streams.events_log import PAGE, placed_from
from orderstream.streams.lane import Lane

# 50,000 events, about 50 ms of the server's time in slices of 2 ms.
PAGES: Final = 25
# For whoever asks to look further: a million.
PAGES_DEEP: Final = 500
# Events that are looked at for the end of one order, and how long a script may take that ends many.
_NEAR: Final = 200
_BATCH_MS: Final = 30


@dataclass(frozen=True, slots=True)
class Record:
    """An entry of the log about the order; `event` None: a kind that we do not know."""

    id: str
    fields: Mapping[str, str]
    event: Event | None


@dataclass(frozen=True, slots=True)
class History:
    """In the order of the log. Not whole: some changes are farther from the others than so many pages."""

    records: Sequence[Record] = ()
    is_whole: bool = True
    pages: int = PAGES

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.records if record.event is not None]


async def history_of(
    lane: Lane, order: StoredOrder, *, known: History | None = None, pages: int = PAGES
) -> History:
    """`known` is what was found of an earlier version: of a whole one only what came behind is looked for.

    An order that waited long has its events far apart. So it is looked first where its status says that
    something happened, then from its beginning on.
    """
    found = {record.id: record for record in known.records} if known else {}
    for at_ms in filter(None, (order.processed_at_ms, order.started_at_ms)):
        rows, _ = await _page(lane, order.id, f"{at_ms}-0")
        found |= rows
    start = _behind(known) or f"{await placed_from(lane, id_ms(order.id))}-0"
    for _ in range(pages):
        if not start or _has_all(found.values(), order.version):
            break
        rows, start = await _page(lane, order.id, start)
        found |= rows
    records = sorted(found.values(), key=lambda record: id_order(record.id))
    # Without a status nobody knows how many there are: then all of the log must have been looked through.
    is_whole = _has_all(records, order.version) or not (start or order.version)
    return History(records, is_whole, pages)


async def words_of(lane: Lane, orders: Sequence[StoredOrder]) -> dict[str, str]:
    """What their handlers said when these orders ended: the text that stands in the event alone.

    Looked for at the very moment at which each ended; an order without any, or not found, is left out.
    """
    said: dict[str, str] = {}
    # Before 7.2 the clock goes on within a script: of a batch the last events are younger than they say.
    for first_ms, last_ms in ((0, 0), (1, _BATCH_MS)):
        left = [each for each in orders if each.processed_at_ms is not None and each.id not in said]
        replies = await lane.commands(
            ("XRANGE", lane.keys.events, at_ms + first_ms, at_ms + last_ms, "COUNT", _NEAR)
            for at_ms in (each.processed_at_ms or 0 for each in left)
        )
        for order, rows in zip(left, replies, strict=True):
            texts = [fields["text"] for _, fields in rows if _is_end_of(order, fields)]
            if texts:
                said[order.id] = texts[0]
    return said


def _is_end_of(order: StoredOrder, fields: Mapping[str, str]) -> bool:
    return fields.get("order_id") == order.id and fields.get("to") == order.status and "text" in fields


async def _page(lane: Lane, order_id: str, start: str) -> tuple[dict[str, Record], str]:
    """What one page of the log says of the order, and where to go on, empty at the end."""
    rows, on = await lane.run("find_events", args=[start, PAGE, order_id])
    return {event_id: _record(event_id, pairs(flat)) for event_id, flat in rows}, on


def _record(event_id: str, fields: Mapping[str, str]) -> Record:
    try:
        return Record(event_id, fields, event_from(event_id, fields))
    except Unreadable:
        return Record(event_id, fields, None)


def _behind(known: History | None) -> str:
    return f"({known.records[-1].id}" if known and known.is_whole and known.records else ""


def _has_all(records: Iterable[Record], version: int) -> bool:
    versions = {record.event.version for record in records if record.event is not None}
    return version > 0 and sum(1 <= each <= version for each in versions) == version
