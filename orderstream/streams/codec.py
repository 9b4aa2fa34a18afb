"""Turns what Redis returns into values and back: stream entries, events, status hashes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from orderstream.domain.errors import cut
from orderstream.domain.events import Event, EventType, ms_of
from orderstream.domain.status import OrderStatus

# A value over 64 bytes takes a status hash out of its compact encoding: 128 bytes become 748.
NAME_BYTES: Final = 60
_MARK: Final = 8  # hexadecimal digits of what a cut actor was
_LAST_MS: Final = 253_402_300_799_000  # the end of year 9999
_OF_EVERY_EVENT: Final = frozenset({"type", "order_id", "version", "from", "to", "at", "actor"})


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as Redis knows it: what was asked for, and what has become of it.

    `version` 0: an entry that somebody wrote straight into the stream and that is not adopted yet.
    """

    id: str
    entry: Mapping[str, str]
    status: OrderStatus
    version: int
    round: int
    attempt: int
    fence: int
    worker_id: str | None
    created_at_ms: int
    started_at_ms: int | None
    processed_at_ms: int | None
    processing_time_ms: int | None
    next_attempt_at_ms: int | None
    deadline_ms: int | None
    error: str | None
    cancel_asked_by: str | None
    suspect: bool


class Unreadable(Exception):  # noqa: N818 a finding about what is stored, not a fault of the program
    """What Redis holds here was not written by us."""


def short_actor(actor: str) -> str:
    """Actors are stored in the hash (who asked to cancel), so they must stay short; a user's name has up to
    150 characters. What is cut ends in a mark of the whole, so that events tell two of them apart."""
    whole = actor.encode("utf-8", "replace")
    if len(whole) <= NAME_BYTES:
        return whole.decode()
    mark = f"~{sha256(whole).hexdigest()[:_MARK]}"
    return cut(actor, NAME_BYTES - len(mark)) + mark


_ID: Final = re.compile(r"(0|[1-9][0-9]{0,19})-(0|[1-9][0-9]{0,19})", re.ASCII)
_LARGEST: Final = 2**64 - 1  # half of an id is 64 bits to Redis
# The largest id that there can be; nothing lies behind it, and Redis refuses to look there.
LAST_ID: Final = f"{_LARGEST}-{_LARGEST}"


def is_order_id(text: str) -> bool:
    """Whether it is an id as Redis spells it: 007-0 names the same entry, but no key of ours."""
    return _ID.fullmatch(text) is not None and all(int(half) <= _LARGEST for half in text.split("-"))


def id_ms(entry_id: str) -> int:
    """The milliseconds in a stream id."""
    return int(entry_id.partition("-")[0])


def id_order(entry_id: str) -> tuple[int, int]:
    """Stream ids compare as two numbers; as text 5-10 would come before 5-9."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence or 0)


def moment(at_ms: int) -> datetime:
    """Ids go further than dates: anybody can write one straight into the stream."""
    return datetime.fromtimestamp(min(at_ms, _LAST_MS) / 1000, UTC)


def pairs(flat: Sequence[Any] | Mapping[Any, Any] | None) -> dict[str, Any]:
    """A flat reply [name, value, ...] as a dict; what redis-py made a dict already stays one."""
    if not flat:
        return {}
    if isinstance(flat, Mapping):
        return dict(flat)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def event_from(event_id: str, entry: Mapping[str, str]) -> Event:
    """An entry of the events stream; Unreadable when it is no event of ours."""
    try:
        return Event(
            id=event_id,
            type=EventType(entry["type"]),
            order_id=entry["order_id"],
            version=int(entry["version"]),
            source=entry["from"],
            target=OrderStatus(entry["to"]).value,
            at_ms=_bounded(int(entry["at"])),
            actor=entry["actor"],
            fields={name: value for name, value in entry.items() if name not in _OF_EVERY_EVENT},
        )
    except (KeyError, ValueError) as error:
        raise Unreadable(f"event {event_id}: {error!r}") from error


def stored_order(order_id: str, entry: Mapping[str, str], status: Mapping[str, str]) -> StoredOrder:
    """Entry and status hash of one order, merged; Unreadable when the hash holds what no step writes."""
    try:
        return _stored_order(order_id, entry, status)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"status of order {order_id}: {error}") from error


def _stored_order(order_id: str, entry: Mapping[str, str], status: Mapping[str, str]) -> StoredOrder:
    return StoredOrder(
        id=order_id,
        entry={name: value for name, value in entry.items() if name not in {"status", "created_at"}},
        status=OrderStatus(status.get("status", OrderStatus.PENDING)),
        version=int(status.get("version", 0)),
        round=int(status.get("round", 1)),
        attempt=int(status.get("attempt", 0)),
        fence=int(status.get("fence", 0)),
        worker_id=status.get("worker_id"),
        created_at_ms=_ms(status, "created_at") or id_ms(order_id),
        started_at_ms=_ms(status, "started_at"),
        processed_at_ms=_ms(status, "processed_at"),
        processing_time_ms=_ms(status, "processing_time"),
        next_attempt_at_ms=_ms(status, "next_attempt_at"),
        deadline_ms=_bounded(int(status["deadline"])) if "deadline" in status else None,
        error=status.get("error"),
        cancel_asked_by=status.get("cancel"),
        suspect=status.get("suspect") == "1",
    )


def _ms(status: Mapping[str, str], name: str) -> int | None:
    return _bounded(ms_of(status[name])) if name in status else None


def _bounded(at_ms: int) -> int:
    """Beyond what a double holds exactly no script of ours has written it."""
    if not 0 <= at_ms < 2**53:
        raise ValueError(f"{at_ms} is no time in ms")
    return at_ms


def interleaved(fields: Mapping[str, Any]) -> list[Any]:
    """{name: value} as [name, value, ...], as commands and scripts take it."""
    flat: Iterable[Any] = (part for item in fields.items() for part in item)
    return list(flat)
