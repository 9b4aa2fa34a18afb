"""An order's attempts, folded from its events: who made each, how long it took and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from orderstream.domain.events import Event, EventType


class End(StrEnum):
    COMPLETED = "completed"
    # The handler raised, or ran out of time.
    ERROR = "error"
    # The handler asked to be run later.
    PUT_OFF = "put off"
    # The worker died with it in hand.
    LOST = "lost"
    # The worker lived, but its deadline passed.
    OVERRAN = "overran"
    # The worker was stopped and gave it back; not counted.
    RELEASED = "released"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`number` from 1 in each round. `end` None: it is at work. `error` is a code, `text` its words."""

    number: int
    round: int
    worker: str
    began_ms: int
    ended_ms: int | None = None
    end: End | None = None
    error: str = ""
    text: str = ""


# What a sweep says; every other code is an exception's name.
_SWEPT: Final = {"WorkerLost": End.LOST, "DeadlinePassed": End.OVERRAN}
_ENDS: Final = {
    EventType.COMPLETED: End.COMPLETED,
    EventType.RELEASED: End.RELEASED,
    EventType.CANCELLED: End.CANCELLED,
}
_ENDING: Final = frozenset({*_ENDS, EventType.RETRIED, EventType.FAILED})


def attempts_of(events: Sequence[Event]) -> list[Attempt]:
    """Oldest first. Where events are missing, so are attempts and ends."""
    attempts: list[Attempt] = []
    number_of_round = 1
    for event in events:
        if event.type is EventType.REQUEUED:
            number_of_round = _number(event, "round", number_of_round + 1)
        elif event.type is EventType.STARTED:
            number = _number(event, "attempt", len(attempts) + 1)
            worker = event.actor.removeprefix("worker:")
            attempts.append(Attempt(number, number_of_round, worker, event.at_ms))
        elif event.type in _ENDING and attempts and attempts[-1].end is None:
            attempts[-1] = _ended(attempts[-1], event)
    return attempts


def end_of(event: Event) -> End:
    """How the attempt ended that this event puts an end to."""
    error = event.fields.get("error", "")
    if event.type in _ENDS:
        return _ENDS[event.type]
    return End.PUT_OFF if error == "RetryLater" else _SWEPT.get(error, End.ERROR)


def _ended(attempt: Attempt, event: Event) -> Attempt:
    return replace(
        attempt,
        ended_ms=event.at_ms,
        end=end_of(event),
        error=event.fields.get("error", ""),
        text=event.fields.get("text", ""),
    )


def _number(event: Event, name: str, otherwise: int) -> int:
    text = event.fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
