"""Says an entry in one line, for people or as JSON; whatever somebody wrote into it."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from orderstream.streams.codec import Unreadable, event_from, id_ms, moment
from orderstream.streams.tailing import Entry

Line = Callable[[Entry], str]

# In an order's line in this order; what else an entry has comes behind.
SHOWN: Final = ("customer_id", "product_id", "quantity", "price", "reference", "note")
# Of every order: the id says the first, and the status is told by events.
HIDDEN: Final = frozenset({"created_at", "status"})


def order_line(entry: Entry) -> str:
    first = [name for name in SHOWN if name in entry.fields]
    rest = [name for name in entry.fields if name not in SHOWN and name not in HIDDEN]
    return _line(entry, [_pair(entry.fields, name) for name in (*first, *rest)])


def event_line(entry: Entry) -> str:
    try:
        event = event_from(entry.id, entry.fields)
    except Unreadable:
        return _line(entry, [_pair(entry.fields, name) for name in entry.fields])
    way = f"{event.source or '-'} → {event.target}"
    more = [_pair(event.fields, name) for name in event.fields]
    return _line(
        entry,
        [event.type.value, event.order_id, f"v{event.version}", way, f"by {_clean(event.actor)}", *more],
    )


def json_line(entry: Entry) -> str:
    """Lone surrogates, which stand for bytes that are no UTF-8, become question marks."""
    found = {"id": entry.id, "at": _at(entry), "fields": dict(entry.fields)}
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace").decode()


def _line(entry: Entry, parts: list[str]) -> str:
    return "  ".join([_at(entry), entry.id, *parts])


def _at(entry: Entry) -> str:
    return moment(id_ms(entry.id)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pair(fields: Mapping[str, str], name: str) -> str:
    return f"{_clean(name)}={_clean(fields[name])}"


def _clean(text: str) -> str:
    """Nothing that moves the terminal's cursor or breaks the line; blanks are set in quotes."""
    if text.isprintable() and text and " " not in text:
        return text
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return f'"{shown}"'
