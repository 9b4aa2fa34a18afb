"""Orders in the middle of their way, without a server: say what happened, the rest is made up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from dashboard.numerals import NBSP
from dashboard.order_case import Case
from dashboard.order_reasons import reason_of
from orderstream.domain.events import Event, EventType, fold
from orderstream.streams.codec import StoredOrder, stored_order
from orderstream.streams.histories import History, Record

PLACED_MS = 1_795_152_326_703
ORDER_ID = f"{PLACED_MS}-0"
NAMES = {"ann": "Ann Mori"}
ENTRY = {"customer_id": "17619", "product_id": "21485", "quantity": "3", "price": "4.95"}


@dataclass
class Way:
    """Tells event after event; each method takes the seconds since the order was placed."""

    records: list[Record] = field(default_factory=list)
    status: str = ""
    attempt: int = 0
    round: int = 1

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.records if record.event is not None]

    def _tell(self, kind: EventType, at: float, target: str, actor: str, **fields: object) -> Self:
        at_ms = PLACED_MS + round(at * 1000)
        given = {name: str(value) for name, value in fields.items() if value != ""}
        number = len(self.events) + 1
        event = Event(f"{at_ms}-{number}", kind, ORDER_ID, number, self.status, target, at_ms, actor, given)
        self.records.append(Record(event.id, given, event))
        self.status = target
        return self

    def placed(self, actor: str = "key:web-shop") -> Self:
        return self._tell(EventType.PLACED, 0, "pending", actor, **ENTRY)

    def adopted(self, target: str = "pending", actor: str = "worker:nara-2", **fields: str) -> Self:
        return self._tell(EventType.ADOPTED, 0, target, actor, **fields)

    def started(self, at: float, worker: str) -> Self:
        self.attempt += 1
        deadline = PLACED_MS + round(at * 1000) + 65_000
        fields = {"attempt": self.attempt, "fence": PLACED_MS + self.attempt, "deadline": deadline}
        return self._tell(EventType.STARTED, at, "processing", f"worker:{worker}", **fields)

    def raised(self, at: float, worker: str, error: str, text: str = "", pause: float = 2) -> Self:
        due = PLACED_MS + round((at + pause) * 1000)
        fields = {"error": error, "text": text, "next_attempt_at": due}
        return self._tell(EventType.RETRIED, at, "retrying", f"worker:{worker}", **fields)

    def swept(self, at: float, lost: str, error: str = "WorkerLost", by: str = "kobe-1") -> Self:
        due = PLACED_MS + round(at * 1000) + 1_000
        fields = {"error": error, "swept": lost, "next_attempt_at": due, "fence": due}
        return self._tell(EventType.RETRIED, at, "retrying", f"worker:{by}", **fields)

    def failed(self, at: float, worker: str, error: str, text: str = "") -> Self:
        return self._tell(EventType.FAILED, at, "failed", f"worker:{worker}", error=error, text=text)

    def completed(self, at: float, worker: str, took: float = 1.4) -> Self:
        took_ms = round(took * 1000)
        return self._tell(EventType.COMPLETED, at, "completed", f"worker:{worker}", processing_time=took_ms)

    def released(self, at: float, worker: str) -> Self:
        self.attempt -= 1
        fields = {"attempt": self.attempt, "next_attempt_at": PLACED_MS + round(at * 1000)}
        return self._tell(EventType.RELEASED, at, "pending", f"worker:{worker}", **fields)

    def cancel_asked(self, at: float, actor: str = "user:ann", reason: str = "") -> Self:
        return self._tell(EventType.CANCEL_ASKED, at, "processing", actor, reason=reason)

    def cancelled(self, at: float, actor: str = "user:ann", reason: str = "") -> Self:
        return self._tell(EventType.CANCELLED, at, "cancelled", actor, reason=reason)

    def requeued(self, at: float, actor: str = "user:ann", reason: str = "") -> Self:
        self.round, self.attempt = self.round + 1, 0
        due = PLACED_MS + round(at * 1000)
        fields = {"round": self.round, "attempt": 0, "next_attempt_at": due, "reason": reason}
        return self._tell(EventType.REQUEUED, at, "pending", actor, **fields)

    def noted(self, at: float, text: str, actor: str = "user:ann") -> Self:
        return self._tell(EventType.NOTED, at, self.status, actor, text=text)

    def unknown(self, at: float, kind: str, **fields: str) -> Self:
        at_ms = PLACED_MS + round(at * 1000)
        self.records.append(Record(f"{at_ms}-99", {"type": kind, "order_id": ORDER_ID, **fields}, None))
        return self

    def order(self, entry: Mapping[str, str] = ENTRY) -> StoredOrder:
        """As its status hash would be, which the events fold to."""
        return stored_order(ORDER_ID, entry, fold(self.events))

    def case(self, seconds: float = 60, **given: Any) -> Case:
        """At so many seconds after it was placed; two workers live unless the test says otherwise."""
        known = {"workers": {"kobe-1": "alive", "osaka-2": "alive"}} | given
        now_ms = PLACED_MS + round(seconds * 1000)
        return Case(order=self.order(), now_ms=now_ms, history=History(self.records), **known)


def hashless(now_ms: int = PLACED_MS, *, with_log: bool, **given: object) -> Case:
    """Of which Redis has an entry and no status."""
    known = {"workers": {"kobe-1": "alive"}} | given
    history = History(Way().placed().records if with_log else ())
    return Case(order=stored_order(ORDER_ID, ENTRY, {}), now_ms=now_ms, history=history, **known)


def said(case: Case) -> str:
    sentence = reason_of(case, NAMES)
    return plain(f"{sentence.head} {sentence.body}").strip()


def plain(text: str) -> str:
    """With the blanks that one types, for those that keep a number and its unit together."""
    return text.replace(NBSP, " ")
