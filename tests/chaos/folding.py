"""Folds an order's events one by one, and says which rule (I3, I4, I6, I10) is broken.

Nothing of the product's folds or tables is used here: a fault there must not hide itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.facts import Event

ENDS: Final = frozenset({"completed", "failed", "cancelled"})
LEGAL: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    "order.placed": frozenset({("", "pending")}),
    "order.adopted": frozenset({("", "pending"), ("", "failed")}),
    "order.started": frozenset({("pending", "processing"), ("retrying", "processing")}),
    "order.completed": frozenset({("processing", "completed")}),
    "order.retried": frozenset({("processing", "retrying")}),
    "order.released": frozenset({("processing", "pending")}),
    "order.cancel_asked": frozenset({("processing", "processing")}),
    "order.failed": frozenset((status, "failed") for status in ("processing", "pending", "retrying")),
    "order.cancelled": frozenset(
        (status, "cancelled") for status in ("pending", "retrying", "processing", "failed")
    ),
    "order.requeued": frozenset({("failed", "pending")}),
    "order.noted": frozenset((status, status) for status in (*ENDS, "pending", "processing", "retrying")),
}
OUTCOMES: Final = frozenset({"order.completed", "order.retried", "order.failed", "order.cancelled"})
PEOPLE: Final = ("user:", "key:", "command:")
NOT_STORED: Final = frozenset(
    {"reason", "text", "swept", "customer_id", "product_id", "quantity", "price", "note", "reference"}
)
"""What an event says of the change, or of the order as its entry has it."""


@dataclass(frozen=True, slots=True)
class Violation:
    """`subject` is an order's id, a reference, a key or a process: whatever the rule is about. `is_of_time`:
    a machine that was too busy may be all of it."""

    invariant: str
    subject: str
    text: str
    is_of_time: bool = False


@dataclass(slots=True)
class Fold:
    """One order, as its events so far say. After the first broken rule the rest is only folded: what follows
    from one fault is no second one."""

    order_id: str
    attempts: int
    status: str = ""
    hash: dict[str, str] = field(default_factory=dict)
    broken: Violation | None = None
    is_started: bool = False

    def take(self, event: Event) -> None:
        if self.broken is None:
            self.broken = next(self._breaks(event), None)
        self.hash |= _sets(event)
        self.status = event.target
        self.is_started = event.type == "order.started" or (
            self.is_started and event.type in {"order.cancel_asked", "order.noted"}
        )

    def _breaks(self, event: Event) -> Iterator[Violation]:
        if self.status in {"completed", "cancelled"} and event.type != "order.noted":
            yield self._says("I3", f"{event.type} after it was {self.status}")
        if self.status == "failed" and event.type not in {"order.requeued", "order.cancelled", "order.noted"}:
            yield self._says("I3", f"{event.type} after it had failed")
        if self.status == "failed" and not event.actor.startswith(PEOPLE):
            yield self._says("I3", f"{event.type} by {event.actor} after it had failed")
        yield from self._breaks_order(event)
        yield from self._breaks_fence(event)
        if event.type == "order.started":
            yield from self._breaks_attempts(event)

    def _breaks_order(self, event: Event) -> Iterator[Violation]:
        version = int(self.hash.get("version", 0))
        if event.version != version + 1:
            yield self._says("I6", f"version {event.version} follows {version}")
        if event.source != self.status:
            yield self._says("I6", f"{event.type} leaves {event.source or '-'}, it was {self.status or '-'}")
        if (event.source, event.target) not in LEGAL.get(event.type, ()):
            yield self._says("I6", f"{event.type} from {event.source or '-'} to {event.target}")

    def _breaks_fence(self, event: Event) -> Iterator[Violation]:
        known, given = int(self.hash.get("fence", 0)), event.fields.get("fence")
        if given is not None and int(given) <= known:
            yield self._says("I4", f"{event.type} with the fence {given}, {known} was issued before")
        # An outcome without a fence of its own is a worker's: only who began the attempt last may give it.
        if given is None and event.source == "processing" and event.type in OUTCOMES:
            holder = f"worker:{self.hash.get('worker_id', '')}"
            if not self.is_started or event.actor != holder:
                yield self._says("I4", f"{event.type} by {event.actor}, but {holder} held the highest fence")

    def _breaks_attempts(self, event: Event) -> Iterator[Violation]:
        attempt, before = int(event.fields["attempt"]), int(self.hash.get("attempt", 0))
        if attempt != before + 1:
            yield self._says("I10", f"attempt {attempt} follows {before}")
        if attempt > self.attempts:
            yield self._says("I10", f"attempt {attempt}, the limit is {self.attempts}")

    def _says(self, invariant: str, text: str) -> Violation:
        return Violation(invariant, self.order_id, text)


def folded(order_id: str, history: Sequence[Event], attempts: int) -> Fold:
    fold = Fold(order_id, attempts)
    for event in history:
        fold.take(event)
    return fold


def _sets(event: Event) -> dict[str, str]:
    """What the event says of the status hash."""
    sets = {name: value for name, value in event.fields.items() if name not in NOT_STORED}
    sets |= {"status": event.target, "version": str(event.version)}
    for name in ("next_attempt_at", "processing_time"):
        if name in sets:
            sets[name] = _seconds(int(sets[name]))
    match event.type:
        case "order.placed" | "order.adopted":
            sets["created_at"] = _seconds(event.at_ms)
        case "order.started":
            sets |= {"worker_id": event.actor.removeprefix("worker:"), "started_at": _seconds(event.at_ms)}
        case "order.cancel_asked":
            sets["cancel"] = event.actor
    if event.target in ENDS and event.type != "order.noted":
        sets["processed_at"] = _seconds(event.at_ms)
    return sets


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
