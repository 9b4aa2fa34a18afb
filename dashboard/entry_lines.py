"""An entry of a stream as one line for a person: name=value, long values cut."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dashboard.moments import is_entry_id
from orderstream.streams.codec import id_ms
from orderstream.streams.entries import Entry
from orderstream.streams.inspection import StreamName

VALUE_MOST: Final = 80  # characters of a value in the line
WHOLE_MOST: Final = 2_000  # characters in the title, which has values whole
FIELDS_MOST: Final = 60  # an entry of ours has 12; of the keeper's up to 90
# What stands in columns of its own, or says nothing to a person.
_OF_EVENTS: Final = frozenset({"type", "order_id"})


@dataclass(frozen=True, slots=True)
class Line:
    """`kind`: an event's type. `order_id`: whose page to open; None where the entry is no order's."""

    id: str
    at_ms: int
    kind: str
    order_id: str | None
    text: str
    whole: str


def line_of(name: StreamName, entry: Entry) -> Line:
    fields = entry.fields
    is_event = name is StreamName.EVENTS
    shown = {n: v for n, v in fields.items() if not (is_event and n in _OF_EVENTS)}
    order_id = {StreamName.ORDERS: entry.id, StreamName.EVENTS: fields.get("order_id")}.get(name)
    return Line(
        id=entry.id,
        at_ms=id_ms(entry.id),
        kind=readable(fields.get("type", ""))[:VALUE_MOST] if is_event else "",
        order_id=order_id if order_id and is_entry_id(order_id) else None,
        text=_joined(shown, VALUE_MOST),
        whole=_cut(_joined(shown, WHOLE_MOST), WHOLE_MOST),
    )


def readable(text: str) -> str:
    """Bytes that were no UTF-8 come as lone surrogates, which no page can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _joined(fields: Mapping[str, str], most: int) -> str:
    pairs = (f"{_quoted(name, most)}={_quoted(value, most)}" for name, value in fields.items())
    line = " ".join(islice(pairs, FIELDS_MOST))
    return line if len(fields) <= FIELDS_MOST else f"{line} …"


def _quoted(text: str, most: int) -> str:
    """As in a log: quotes where blanks, quotes or control characters would mislead."""
    text = _cut(readable(text), most)
    if text and text.isprintable() and not any(sign in text for sign in ' "='):
        return text
    # Signs that turn the direction of writing would make the line say something else.
    return "".join(
        sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in json.dumps(text, ensure_ascii=False)
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
