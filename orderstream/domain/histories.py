"""Folds one order's history event by event, and says which rule (I3, I4, I6, I10) an event breaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from sys import intern
from types import MappingProxyType
from typing import Final

from orderstream.domain.events import Event, EventType, changes
from orderstream.domain.status import FINAL, OrderStatus, sources_of


class Harm(StrEnum):
    """What a violation means for the order; nowhere else is it said what lost and doubled are.

    LOST: it was accepted, and it is gone, or nobody will end it. Its entry is gone though no trim took it
    (I8), its status hash is gone or no hash (I6), or it was delivered, is unfinished or was never adopted,
    and is in nobody's pending list even after the sweep has looked at it (I9, outside of a calm).
    DOUBLED: it has ended more than once. An event of any kind but a note follows completed or cancelled, or
    an outcome follows failed though no operator sent the order back (I3).
    NONE: what is stored or told of it is wrong (I3, I4, I6, I7, I9, I10), but it is neither.
    """

    NONE = ""
    LOST = "lost"
    DOUBLED = "doubled"


@dataclass(frozen=True, slots=True)
class Violation:
    """`order_id` is empty where no single order is meant."""

    invariant: str
    order_id: str
    text: str
    harm: Harm = Harm.NONE


_PENDING, _PROCESSING, _FAILED = OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.FAILED
_FIRST: Final[Mapping[EventType, frozenset[str]]] = MappingProxyType(
    {
        EventType.PLACED: frozenset({_PENDING}),
        EventType.ADOPTED: frozenset({_PENDING, _FAILED}),
    }
)
# From where an event of this type takes an order, and to where. The table of moves says what is possible
# at all; some types take less.
_MOVES: Final[Mapping[EventType, tuple[frozenset[str], str]]] = MappingProxyType(
    {
        EventType.STARTED: (sources_of(_PROCESSING) - {_PROCESSING}, _PROCESSING),
        EventType.COMPLETED: (sources_of(OrderStatus.COMPLETED), OrderStatus.COMPLETED),
        EventType.RETRIED: (sources_of(OrderStatus.RETRYING), OrderStatus.RETRYING),
        EventType.RELEASED: (sources_of(_PENDING) - {_FAILED}, _PENDING),
        EventType.CANCEL_ASKED: (frozenset({_PROCESSING}), _PROCESSING),
        EventType.FAILED: (sources_of(_FAILED), _FAILED),
        EventType.CANCELLED: (sources_of(OrderStatus.CANCELLED), OrderStatus.CANCELLED),
        EventType.REQUEUED: (sources_of(_PENDING) & {_FAILED}, _PENDING),
    }
)
_OUTCOMES: Final = frozenset({EventType.COMPLETED, EventType.RETRIED, EventType.FAILED, EventType.CANCELLED})
_OPERATORS: Final = frozenset({EventType.REQUEUED, EventType.CANCELLED})
_MACHINES: Final = ("worker:", "keeper")


@dataclass(slots=True, eq=False)
class History:
    """One order as far as its events were taken. Once an event broke a rule, the others are not judged:
    what follows from one fault is no second one."""

    order_id: str
    status: str = ""
    version: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    is_damaged: bool = False

    def take(self, event: Event, attempts_most: int) -> Violation | None:
        """Fold the next event; what it breaks. ValueError when a number in it is none.

        `attempts_most`: the most attempts in a round that any configuration allows. The limit in force when
        an attempt began is not recorded and may have been changed since, so less cannot be judged (I10).
        """
        broken = None
        try:
            if not self.is_damaged:
                broken = self._broken(event, attempts_most)
            changed = changes(event)
        except ValueError:
            self.is_damaged = True
            raise
        self.is_damaged = self.is_damaged or broken is not None
        for name, value in changed.items():  # many thousand histories share the names of their fields
            self.fields[intern(name)] = value
        self.status, self.version = intern(event.target), max(self.version, event.version)
        return broken

    def _broken(self, event: Event, attempts_most: int) -> Violation | None:
        if self.status in FINAL and event.type is not EventType.NOTED:
            return self._says("I3", f"{event.type} after it was {self.status}", Harm.DOUBLED)
        if event.version != self.version + 1:
            return self._says("I6", f"version {event.version} follows {self.version}")
        if event.source != self.status:
            return self._says("I6", f"{event.type} leaves {event.source or 'nothing'}, it was {self.status}")
        if self._leaves_failed(event):
            harm = Harm.DOUBLED if event.type in _OUTCOMES else Harm.NONE
            return self._says("I3", f"{event.type} by {event.actor} after it had failed", harm)
        if not _is_legal(event):
            return self._says("I6", f"{event.type} from {event.source or 'nothing'} to {event.target}")
        return self._broken_fence(event) or self._broken_attempts(event, attempts_most)

    def _leaves_failed(self, event: Event) -> bool:
        if self.status != _FAILED or event.type is EventType.NOTED:
            return False
        return event.type not in _OPERATORS or event.actor.startswith(_MACHINES)

    def _broken_fence(self, event: Event) -> Violation | None:
        known, given = int(self.fields.get("fence", 0)), event.fields.get("fence")
        if given is not None and int(given) <= known:
            return self._says("I4", f"{event.type} with the fence {given}, {known} was issued before")
        # An outcome shows its fence to the script, not in the event; but only one worker ever had it.
        is_shown = event.source == _PROCESSING and event.type in _OUTCOMES and given is None
        holder = self.fields.get("worker_id", "")
        if is_shown and event.actor != f"worker:{holder}":
            return self._says("I4", f"{event.type} by {event.actor}, but {holder} held the highest fence")
        return None

    def _broken_attempts(self, event: Event, most: int) -> Violation | None:
        if event.type is not EventType.STARTED:
            return None
        attempt, before = int(event.fields.get("attempt", 0)), int(self.fields.get("attempt", 0))
        if attempt != before + 1:
            return self._says("I10", f"attempt {attempt} follows {before}")
        if attempt > most:
            return self._says("I10", f"attempt {attempt}, but {most} are the most that can be configured")
        return None

    def _says(self, invariant: str, text: str, harm: Harm = Harm.NONE) -> Violation:
        return Violation(invariant, self.order_id, text, harm)


def _is_legal(event: Event) -> bool:
    if event.type is EventType.NOTED:
        return event.source == event.target
    if event.type in _FIRST:
        return event.source == "" and event.target in _FIRST[event.type]
    sources, target = _MOVES[event.type]
    return event.source in sources and event.target == target
