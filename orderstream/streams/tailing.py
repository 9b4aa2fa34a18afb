"""Reads any stream of ours behind a cursor, entry by entry as it stands, in no group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from orderstream.streams.codec import id_order, pairs
from orderstream.streams.connection import GroupLost
from orderstream.streams.lane import Lane

BEGINNING = "0-0"


class Entry(NamedTuple):
    """It may be anything: others can write into the stream."""

    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ends:
    """`last`: of all that ever was in the stream. `first`: of what is there, None for nothing; `is_whole`:
    nothing was removed before it."""

    first: str | None
    last: str
    is_whole: bool

    def lacks_behind(self, cursor: str) -> bool:
        """Is something gone that stood behind `cursor`?"""
        if self.is_whole or id_order(cursor) >= id_order(self.last):
            return False
        return self.first is None or id_order(cursor) < id_order(self.first)


async def ends_of(lane: Lane, stream: str) -> Ends:
    try:
        about = pairs(await lane.command("XINFO", "STREAM", stream))
    except GroupLost:  # "no such key": nothing was ever written
        return Ends(None, BEGINNING, True)
    first = about["first-entry"]
    is_whole = int(about["entries-added"]) == int(about["length"])
    return Ends(None if first is None else first[0], str(about["last-generated-id"]), is_whole)


async def read_behind(lane: Lane, stream: str, cursor: str, count: int, block_ms: int) -> list[Entry]:
    """What stands behind the cursor, waiting up to `block_ms` if there is nothing yet.

    The lane's client must be one of `connect(url, blocking=True)`.
    """
    reply = await lane.command("XREAD", "COUNT", count, "BLOCK", block_ms, "STREAMS", stream, cursor)
    return [Entry(entry_id, fields) for _, page in reply or () for entry_id, fields in page]
