"""The recorded changes of an order, and the fold that turns them back into its status hash (I6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class EventType(StrEnum):
    PLACED = "order.placed"
    ADOPTED = "order.adopted"
    STARTED = "order.started"
    COMPLETED = "order.completed"
    RETRIED = "order.retried"
    RELEASED = "order.released"
    CANCEL_ASKED = "order.cancel_asked"
    FAILED = "order.failed"
    CANCELLED = "order.cancelled"
    REQUEUED = "order.requeued"
    NOTED = "order.noted"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the events stream. `source` is the wire field `from`, empty for an order's first event."""

    id: str
    type: EventType
    order_id: str
    version: int
    source: str
    target: str
    at_ms: int
    actor: str
    fields: Mapping[str, str] = field(default_factory=dict)


# Fields that describe the change, not the order: they stay in the event.
_NOT_OF_THE_HASH: Final = frozenset({"reason", "text", "swept"})
# The order itself, which `order.placed` and `order.adopted` carry: it lives in the entry, not in the hash.
ORDER_FIELDS: Final = frozenset({"customer_id", "product_id", "quantity", "price", "note", "reference"})


def seconds_of(at_ms: int) -> str:
    """Unix seconds with three decimals, as the status hash and the order stream store times."""
    return f"{at_ms // 1000}.{at_ms % 1000:03d}"


def ms_of(seconds: str) -> int:
    """The inverse of `seconds_of`; ValueError when the text is no number."""
    return round(float(seconds) * 1000)


def fold(events: Iterable[Event]) -> dict[str, str]:
    """The status hash of one order, from all its events in the order of their versions."""
    folded: dict[str, str] = {}
    for event in events:
        folded.update(changes(event))
    return folded


def changes(event: Event) -> dict[str, str]:
    """What this event sets in the status hash; ValueError when a number in it is none."""
    changed = {k: v for k, v in event.fields.items() if k not in _NOT_OF_THE_HASH and k not in ORDER_FIELDS}
    changed |= {"status": event.target, "version": str(event.version)}
    if event.type is EventType.NOTED:  # on an order that has ended too: it does not end again
        return changed
    at = seconds_of(event.at_ms)
    match event.type:
        case EventType.PLACED | EventType.ADOPTED:
            changed.setdefault("created_at", at)
        case EventType.STARTED:
            changed |= {"worker_id": event.actor.removeprefix("worker:"), "started_at": at}
        case EventType.CANCEL_ASKED:
            changed["cancel"] = event.actor
    if "next_attempt_at" in changed:
        changed["next_attempt_at"] = seconds_of(int(changed["next_attempt_at"]))
    if "processing_time" in changed:
        changed["processing_time"] = seconds_of(int(changed["processing_time"]))
    if event.target in {"completed", "failed", "cancelled"}:
        changed["processed_at"] = at
    return changed
