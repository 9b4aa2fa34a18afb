"""A made-up run without a fault, for the checker's own tests: what it must find nothing wrong with."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orderstream.domain import events as product
from tests.chaos import executions
from tests.chaos.executions import Execution
from tests.chaos.facts import Event, Facts, Rules, Watched, by_order
from tests.chaos.folding import ENDS
from tests.chaos.history import Kind, Line, Phase
from tests.chaos.plan import Deed, Fate, Plan

BOARDS = 20
WORKER = "worker:w-1"
OPERATOR = "key:chaos"
DELAY_MS = 500


@dataclass
class Ideal:
    """Lives each order of the plan through; `deeds`: what the handler does otherwise, by reference.

    Tests change what it holds, and then ask for the facts."""

    plan: Plan
    deeds: Mapping[str, Deed] = field(default_factory=dict)
    now_ms: int = 1_700_000_000_000
    events: list[Event] = field(default_factory=list)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    executions: list[Execution] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    _last: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for submission in self.plan.submissions():
            ids = tuple(self.lived(reference) for reference in submission.references)
            kind = Kind.BATCH if len(ids) > 1 else Kind.PLACE
            self.say(Phase.INVOKE, kind, submission.key, submission.references)
            self.say(Phase.OK, kind, submission.key, submission.references, ids=ids, status=201)

    def lived(self, reference: str) -> str:
        """The id of an order that went its whole way."""
        order_id = self.placed(reference)
        self._round(order_id, reference, 1)
        match self.plan.fate(reference):
            case Fate.REQUEUED:
                self.event(
                    order_id, "requeued", "pending", OPERATOR, round="2", attempt="0", fence=self._fence()
                )
                self._round(order_id, reference, 2)
            case Fate.DISCARDED:
                self.event(order_id, "cancelled", "cancelled", OPERATOR, fence=self._fence())
        return order_id

    def placed(self, reference: str) -> str:
        order_id = f"{self._later()}-0"
        fields = {name: str(value) for name, value in self.plan.body(reference).items()}
        self.entries[order_id] = fields
        self.event(order_id, "placed", "pending", OPERATOR, **fields)
        return order_id

    def started(self, order_id: str, attempt: int, worker: str = WORKER) -> int:
        """The fence."""
        fence = int(self._fence())
        words = {"attempt": str(attempt), "fence": str(fence), "deadline": str(self.now_ms + 8_000)}
        self.event(order_id, "started", "processing", worker, **words)
        return fence

    def event(self, order_id: str, kind: str, target: str, actor: str, **fields: str) -> None:
        source, version = self._last.get(order_id, ("", 0))
        at, version = self._later(), version + 1
        self._last[order_id] = target, version
        event = Event(f"{at}-0", f"order.{kind}", order_id, version, source, target, at, actor, fields)
        self.events.append(event)

    def execution(self, what: str, order_id: str, attempt: int, fence: int, round_: int = 1) -> None:
        reference = self.entries[order_id].get("reference", "")
        self.executions.append(
            Execution(what, reference, order_id, round_, attempt, fence, 7, self._later() / 1000)
        )

    def say(self, phase: Phase, kind: Kind, key: str, references: tuple[str, ...], **more: Any) -> None:
        self.lines.append(Line(len(self.lines), phase, kind, key, references, self._later() / 1000, **more))

    def hashes(self) -> dict[str, dict[str, str]]:
        """By the product's own fold, to which the checker's is thus compared."""
        return {i: product.fold(map(_as_product_has_it, some)) for i, some in by_order(self.events).items()}

    def facts(self) -> Facts:
        hashes = self.hashes()
        statuses = Counter(fields["status"] for fields in hashes.values())
        types = Counter(f"n_{event.type.removeprefix('order.')}" for event in self.events)
        swept = {"n_swept": sum("swept" in event.fields for event in self.events)}
        took = Counter(f"took_{e.fields['processing_time']}" for e in self.events if e.target == "completed")
        given = {
            "events": self.events,
            "hashes": hashes,
            "entries": self.entries,
            "pending": {i: "w-1" for i, fields in hashes.items() if fields["status"] not in ENDS},
            "failed": [i for i, fields in hashes.items() if fields["status"] == "failed"],
            "totals": {**statuses, **types, **swept, **took},
            "effects": self.effects,
            "executions": self.executions,
            "watched": Watched(BOARDS, BOARDS),
            "rules": Rules(),
        }
        return Facts(**given | self.more)

    def some(self, fate: Fate) -> str:
        """The id of the first order with this fate."""
        return next(i for i, fields in self.entries.items() if self.plan.fate(fields["reference"]) is fate)

    def of(self, order_id: str, kind: str) -> int:
        """Where in the list of events the last of this type is."""
        found = [n for n, e in enumerate(self.events) if e.order_id == order_id and e.type == f"order.{kind}"]
        return found[-1]

    def _round(self, order_id: str, reference: str, round_: int) -> None:
        for attempt in range(1, Rules().attempts + 1):
            fence = self.started(order_id, attempt)
            self.execution(executions.BEGUN, order_id, attempt, fence, round_)
            deed = self.deeds.get(reference, self.plan.deed(reference, attempt, round_))
            if deed is Deed.COMPLETE:
                self.effects[order_id] += 1
            is_done = deed is Deed.COMPLETE
            self.execution(executions.DONE if is_done else executions.ENDED, order_id, attempt, fence, round_)
            if self._ended(order_id, reference, deed, attempt):
                return

    def _ended(self, order_id: str, reference: str, deed: Deed, attempt: int) -> bool:
        if deed is Deed.COMPLETE:
            self.event(order_id, "completed", "completed", WORKER, processing_time="5")
        elif deed is Deed.REJECT or attempt == Rules().attempts:
            self.event(order_id, "failed", "failed", WORKER, error="Planned")
        elif self.plan.fate(reference) is Fate.CANCELLED:
            self.event(order_id, "cancel_asked", "processing", OPERATOR)
            self.event(order_id, "cancelled", "cancelled", WORKER, error="CancelAsked")
        else:
            due = str(self.now_ms + DELAY_MS)
            self.event(order_id, "retried", "retrying", WORKER, error="Planned", next_attempt_at=due)
            self.now_ms += DELAY_MS
            return False
        return True

    def _later(self) -> int:
        self.now_ms += 1
        return self.now_ms

    def _fence(self) -> str:
        return str(self._later())


def _as_product_has_it(event: Event) -> product.Event:
    kind = product.EventType(event.type)
    return product.Event(
        event.id, kind, event.order_id, event.version, event.source, event.target, event.at_ms, event.actor,
        event.fields,
    )  # fmt: skip
