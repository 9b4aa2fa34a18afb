"""Looks at orders from all sides at one moment, and says what they should not look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from orderstream.domain.histories import Harm, History, Violation
from orderstream.domain.status import FINAL, UNFINISHED, OrderStatus
from orderstream.streams.codec import id_order, is_order_id, pairs
from orderstream.streams.lane import WAITING, Lane

LOOKED_AT: Final = 100  # orders in one call: about 2 to 3 ms of the server's time
_DIGITS_MOST: Final = 20  # of a number of ours; what somebody else wrote may have any number of them
_LOST_ENTRY: Final = "EntryLost"  # the error of an order that was ended because its entry had gone


@dataclass(frozen=True, slots=True)
class Sight:
    """One order. `hash` is None where the key is of another type, empty where there is none."""

    order_id: str
    hash: Mapping[str, str] | None
    has_entry: bool
    holder: str
    idle_ms: int
    holder_alive_until_ms: float
    is_due: bool
    is_dead_letter: bool

    @property
    def status(self) -> str | None:
        return self.hash.get("status") if self.hash else None

    @property
    def version(self) -> int | None:
        """None: there is none, or it is no number."""
        return _number(self.hash.get("version", "") if self.hash else "")


@dataclass(frozen=True, slots=True)
class Look:
    """All that was seen at the moment of the event `cursor`. `last_delivered` empty: there is no group."""

    cursor: str
    now_ms: int
    last_delivered: str
    calm_until_ms: int
    living: int
    is_paused: bool
    sights: Sequence[Sight]

    def is_swept(self, bound_ms: int) -> bool:
        """Is there anybody who puts orders back, and has had `bound_ms` for it since the last calm?"""
        return self.living > 0 and not self.is_paused and self.calm_until_ms + bound_ms <= self.now_ms

    def is_delivered(self, order_id: str) -> bool:
        return (
            bool(self.last_delivered)
            and is_order_id(order_id)
            and id_order(order_id) <= id_order(self.last_delivered)
        )


async def examine(lane: Lane, ids: Sequence[str]) -> Look:
    """At most LOOKED_AT orders, at one moment."""
    cursor, now, last, calm, living, paused, *rows = await lane.run("examine", ids=ids)
    sights = [_sight(order_id, row) for order_id, row in zip(ids, rows, strict=True)]
    return Look(cursor, int(now), last, _number(calm) or 0, int(living), bool(paused), sights)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST else None


def _sight(order_id: str, row: Sequence[Any]) -> Sight:
    code, flat, entries, holder, idle, alive_until, due, failed_at = row
    return Sight(
        order_id,
        None if code == "broken" else pairs(flat),
        bool(entries),
        holder,
        int(idle),
        float(alive_until or 0),
        due != "",
        failed_at != "",
    )


def differing(history: History, sight: Sight) -> Violation | None:
    """What is seen against the events up to that moment (I6), and whether the entry is still there (I8)."""
    order_id = history.order_id
    if not sight.has_entry:
        return _without_entry(history, sight)
    if sight.hash is None:
        return Violation("I6", order_id, "its status key is no hash", Harm.LOST)
    if not sight.hash:
        return Violation("I6", order_id, "its status hash is gone", Harm.LOST)
    names = sorted(history.fields.keys() | sight.hash.keys())
    wrong = [name for name in names if history.fields.get(name) != sight.hash.get(name)]
    if not wrong:
        return None
    said = (_differs(name, sight.hash.get(name), history.fields.get(name)) for name in wrong)
    return Violation("I6", order_id, "; ".join(said))


def _without_entry(history: History, sight: Sight) -> Violation | None:
    is_trimmed = sight.hash == {} and history.status in FINAL
    # Somebody saw that it was lost, and gave it up.
    is_settled = history.status in FINAL and history.fields.get("error") == _LOST_ENTRY
    if is_trimmed or is_settled:
        return None
    what = "its entry and its status hash are gone" if sight.hash == {} else "its entry is gone"
    return Violation("I8", history.order_id, what, Harm.LOST)


def _differs(name: str, stored: str | None, folded: str | None) -> str:
    if stored is None:
        return f"{name} is missing, the events say {folded}"
    return f"{name} is {stored}, the events say {folded or 'nothing of it'}"


class Fault(StrEnum):
    """What may be wrong with where an order stands; looked at twice before it is a violation."""

    NOBODY = "unfinished, delivered, and in nobody's pending list"
    UNADOPTED = "an entry that was delivered and that nobody adopts"
    NO_DUE_TIME = "waits for its time, which is not in the retry index"
    SURPLUS_RETRY = "in the retry index, where nothing waits"
    NO_LETTER = "failed, but not in the index of dead letters"
    SURPLUS_LETTER = "in the index of dead letters, but not failed"
    ENDED_PENDING = "ended, but still in the pending list"
    NOTHING_PENDING = "in the pending list, but there is no such order"
    IDLE = "idle beyond its bound"


def fault_of(sight: Sight, look: Look, bound_ms: int) -> Fault | None:
    """`bound_ms`: how long a sweep that is due may be late."""
    if sight.hash is None:
        return None
    if not sight.hash:
        return _fault_of_nothing(sight, look, bound_ms)
    if sight.status in UNFINISHED:
        return _fault_of_unfinished(sight, look, bound_ms)
    if sight.is_due:
        return Fault.SURPLUS_RETRY
    is_failed = sight.status == OrderStatus.FAILED
    if is_failed != sight.is_dead_letter:
        return Fault.NO_LETTER if is_failed else Fault.SURPLUS_LETTER
    # What was cancelled before it was delivered is handed out once, and acknowledged.
    is_late = sight.holder == WAITING or _is_left_idle(sight, look, bound_ms)
    return Fault.ENDED_PENDING if is_late else None


def _is_left_idle(sight: Sight, look: Look, bound_ms: int) -> bool:
    """Pending for longer than a sweep would leave it, while there is one."""
    return bool(sight.holder) and sight.idle_ms > bound_ms and look.is_swept(bound_ms)


def _fault_of_nothing(sight: Sight, look: Look, bound_ms: int) -> Fault | None:
    if sight.is_dead_letter:
        return Fault.SURPLUS_LETTER
    if sight.has_entry:
        is_late = look.is_delivered(sight.order_id) and (not sight.holder or sight.idle_ms > bound_ms)
        return Fault.UNADOPTED if is_late else None
    if sight.is_due:
        return Fault.SURPLUS_RETRY
    return Fault.NOTHING_PENDING if _is_left_idle(sight, look, bound_ms) else None


def _fault_of_unfinished(sight: Sight, look: Look, bound_ms: int) -> Fault | None:
    if sight.is_dead_letter:
        return Fault.SURPLUS_LETTER
    is_processing = sight.status == OrderStatus.PROCESSING
    if is_processing and sight.is_due:
        return Fault.SURPLUS_RETRY
    if not sight.holder:
        is_nobodys = sight.has_entry and look.is_delivered(sight.order_id)
        return Fault.NOBODY if is_nobodys else _fault_of_due(sight)
    if sight.holder == WAITING:
        return None if is_processing else _fault_of_due(sight, is_parked=True)
    return _fault_of_due(sight) or _fault_of_held(sight, look, bound_ms)


def _fault_of_due(sight: Sight, *, is_parked: bool = False) -> Fault | None:
    waits = is_parked or sight.status == OrderStatus.RETRYING
    return Fault.NO_DUE_TIME if waits and not sight.is_due else None


def _fault_of_held(sight: Sight, look: Look, bound_ms: int) -> Fault | None:
    if not _is_left_idle(sight, look, bound_ms):
        return None
    if sight.holder_alive_until_ms <= look.now_ms:
        is_late = sight.holder_alive_until_ms + bound_ms < look.now_ms
    else:
        deadline = _number((sight.hash or {}).get("deadline", ""))
        is_begun = sight.status == OrderStatus.PROCESSING and deadline is not None
        is_late = not is_begun or (deadline or 0) + bound_ms < look.now_ms
    return Fault.IDLE if is_late else None


def violation_of(order_id: str, fault: Fault) -> Violation:
    lost = {Fault.NOBODY, Fault.UNADOPTED}
    return Violation("I9", order_id, fault.value, Harm.LOST if fault in lost else Harm.NONE)
