"""Finds in the events what a lost worker held: the sweep says of each order from whom it took it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orderstream.streams.lane import Lane

_PAGE: Final = 1_000
_ID: Final = re.compile(r"[0-9]{1,19}-[0-9]{1,19}", re.ASCII)
_MS: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
# At a hundred orders a second about half a minute of events, and 30 ms of reading.
LOOKED_AT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Swept:
    """An order that was taken from a worker, and when."""

    order_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Losses:
    """`is_whole` False: there were too many events since to look through all of them."""

    orders: Sequence[Swept]
    is_whole: bool


async def swept_from(lane: Lane, worker: str, since_ms: int) -> Losses:
    """What was taken from this worker since then, in the order in which it was."""
    found: list[Swept] = []
    start, looked_at = str(max(0, since_ms)), 0
    while looked_at < LOOKED_AT_MAX:
        rows = await lane.command("XRANGE", lane.keys.events, start, "+", "COUNT", _PAGE)
        found += [
            Swept(fields["order_id"], int(fields["at"])) for _, fields in rows if _is_from(fields, worker)
        ]
        looked_at += len(rows)
        if len(rows) < _PAGE:
            return Losses(found, True)
        start = f"({rows[-1][0]}"
    return Losses(found, False)


def _is_from(fields: dict[str, str], worker: str) -> bool:
    """Somebody else's entry may have any fields; an id that is none would fail whoever asks for its order."""
    if fields.get("swept") != worker:
        return False
    return bool(_ID.fullmatch(fields.get("order_id", "")) and _MS.fullmatch(fields.get("at", "")))
