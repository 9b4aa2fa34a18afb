"""The keeper's ranking as it is stored: its counts, the cursor they stand at, and the top for all to read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from orderstream.streams.codec import pairs
from orderstream.streams.lane import Lane
from orderstream.streams.made import made

_TOP: Final = "top"
_AMOUNT: Final = re.compile(r"[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A product or customer with its orders and their amount, exact decimal text."""

    name: str
    orders: int
    amount: str


@dataclass(frozen=True, slots=True)
class Top:
    """Of the orders accepted from `since_ms` up to `until_ms`.

    Not `is_exact`: more names came than are kept, and figures may be up to `missed` orders too low."""

    since_ms: int
    until_ms: int
    is_exact: bool
    missed: int
    products_by_orders: tuple[Place, ...] = ()
    products_by_amount: tuple[Place, ...] = ()
    customers_by_orders: tuple[Place, ...] = ()
    customers_by_amount: tuple[Place, ...] = ()


async def read_top(lane: Lane) -> Top | None:
    """The last one written; None when there was none, or when somebody else wrote it."""
    text = await lane.command("HGET", lane.keys.ranking, _TOP)
    try:
        top = made(Top, json.loads(text or ""))
    except (ValueError, TypeError, RecursionError):
        return None
    return top if all(_AMOUNT.fullmatch(place.amount) for place in _places(top)) else None


async def write_top(lane: Lane, top: Top) -> None:
    text = json.dumps(asdict(top), separators=(",", ":"))
    await lane.command("HSET", lane.keys.ranking, _TOP, text)


async def read_counts(lane: Lane) -> dict[str, str]:
    """Cursor and counts as they were saved, by field."""
    stored = pairs(await lane.command("HGETALL", lane.keys.ranking))
    return {name: text for name, text in stored.items() if name != _TOP}


async def save_counts(lane: Lane, fields: Mapping[str, str], gone: Sequence[str]) -> None:
    """Counts and the cursor they stand at in one command, so that nothing is counted twice or left out."""
    words: list[Any] = [word for item in fields.items() for word in item]
    await lane.command("HSET", lane.keys.ranking, *words)
    if gone:
        await lane.command("HDEL", lane.keys.ranking, *gone)


def _places(top: Top) -> Iterator[Place]:
    yield from top.products_by_orders
    yield from top.products_by_amount
    yield from top.customers_by_orders
    yield from top.customers_by_amount
