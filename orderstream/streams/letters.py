"""Reads the dead letters by their index, newest first and a bounded part at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import ResponseError

from orderstream.streams.codec import pairs
from orderstream.streams.lane import Lane

_CHUNK: Final = 500
# Letters that are looked at to group them or to find those of one error: about 200 ms of Python.
LOOKED_AT_MAX: Final = 10_000
UNREADABLE: Final = ""
"""The error of a letter whose status cannot be read."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An order that waits for a person. `error` is a code; `round` above 1: it has been sent back before."""

    id: str
    failed_ms: int
    error: str
    round: int
    attempt: int
    worker: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which letter to go on; it may be gone by then."""

    id: str
    failed_ms: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """Letters of one error, newest first; `next_place` None: there are no more."""

    ids: list[str]
    next_place: Place | None


async def state_of(lane: Lane) -> str:
    """Changes when a letter comes or goes."""
    number, newest = await lane.commands(
        [("ZCARD", lane.keys.failed), ("ZRANGE", lane.keys.failed, -1, -1, "WITHSCORES")]
    )
    return "-".join(map(str, (number, *newest)))


async def number_of(lane: Lane) -> int:
    return int(await lane.command("ZCARD", lane.keys.failed))


async def page_of(lane: Lane, first: int, limit: int) -> list[Letter]:
    """So many from the `first` on, counted from the newest."""
    words = ("ZRANGE", lane.keys.failed, first, first + limit - 1, "REV", "WITHSCORES")
    found = pairs(await lane.command(*words))
    return await _read(lane, {order_id: _ms(score) for order_id, score in found.items()})


async def all_of(lane: Lane, most: int = LOOKED_AT_MAX) -> list[Letter]:
    """The newest ones, of whatever error."""
    letters: list[Letter] = []
    while len(letters) < most:
        page = await page_of(lane, len(letters), min(_CHUNK, most - len(letters)))
        if not page:
            break
        letters += page
    return letters


async def choose(
    lane: Lane, error: str | None, limit: int, place: Place | None = None, *, only_first_round: bool = False
) -> Chosen:
    """The next ones of this error, or of any with None: each call looks at so many letters at most."""
    first = await _rank_behind(lane, place) if place else 0
    chosen: list[str] = []
    looked_at = 0
    while looked_at < LOOKED_AT_MAX:
        page = await page_of(lane, first + looked_at, _CHUNK)
        for letter in page:
            place = Place(letter.id, letter.failed_ms)
            if error in (None, letter.error) and not (only_first_round and letter.round > 1):
                chosen.append(letter.id)
            if len(chosen) == limit:
                return Chosen(chosen, place)
        looked_at += len(page)
        if len(page) < _CHUNK:
            return Chosen(chosen, None)
    return Chosen(chosen, place)


async def letters_of(lane: Lane, ids: Sequence[str]) -> list[Letter]:
    """Those of them that are dead letters now, in this order."""
    found = await lane.commands(("ZSCORE", lane.keys.failed, order_id) for order_id in ids)
    scores = {i: _ms(score) for i, score in zip(ids, found, strict=True) if score is not None}
    return await _read(lane, scores)


async def _rank_behind(lane: Lane, place: Place) -> int:
    rank = await lane.command("ZREVRANK", lane.keys.failed, place.id)
    if rank is not None:
        return int(rank) + 1
    return int(await lane.command("ZCOUNT", lane.keys.failed, f"({place.failed_ms}", "+inf"))


async def _read(lane: Lane, found: Mapping[str, int]) -> list[Letter]:
    fields = ("error", "round", "attempt", "worker_id")
    rows = await lane.commands(
        (("HMGET", lane.keys.status(order_id), *fields) for order_id in found), errors_in_place=True
    )
    return [_letter(i, failed_ms, row) for (i, failed_ms), row in zip(found.items(), rows, strict=True)]


def _letter(order_id: str, failed_ms: int, row: Any) -> Letter:
    error, number_of_round, attempt, worker = (None,) * 4 if isinstance(row, ResponseError) else row
    return Letter(
        id=order_id,
        failed_ms=failed_ms,
        error=error or UNREADABLE,
        round=_number(number_of_round, 1),
        attempt=_number(attempt, 0),
        worker=worker,
    )


def _ms(score: str | float) -> int:
    """Somebody else's score may be a fraction or infinite."""
    return int(max(0.0, min(float(score), 2.0**53)))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise
