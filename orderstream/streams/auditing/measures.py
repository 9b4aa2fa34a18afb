"""Counts from the log how long orders waited and took, by bucket, and how many were completed at first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from orderstream.domain.events import Event, EventType, ms_of
from orderstream.domain.histories import History
from orderstream.streams.latencies import TOOK, WAITED, bound_of

AT_FIRST: Final = "n_completed_at_first"
_KINDS: Final = (TOOK, WAITED, AT_FIRST)
# Placed, started, completed: there was no room for a second attempt.
_AT_FIRST_VERSION: Final = 3


@dataclass(slots=True)
class Measures:
    """`counts` by name of the total. `unknown`: so many more there are of a kind, but in which bucket nobody
    knows, for the order's history was not held."""

    counts: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def take(self, event: Event, history: History | None) -> None:
        """`history`: of this order, up to the event before; None when it is not held."""
        if history is not None and history.is_damaged:
            history = None
        if event.type is EventType.STARTED:
            self._count(WAITED, _waited_ms(event, history))
        elif event.type is EventType.COMPLETED:
            self._count(TOOK, _took_ms(event))
            is_at_first = _is_at_first(event, history)
            if is_at_first is None:
                self.unknown[AT_FIRST] += 1
            elif is_at_first:
                self.counts[AT_FIRST] += 1

    def is_exact(self, name: str) -> bool:
        """Is it known what the events say of this total, and not only how much at most?"""
        return not any(name.startswith(kind) and self.unknown[kind] for kind in _KINDS)

    def drift(self, totals: Mapping[str, int]) -> dict[str, int]:
        """By how much each stored total is off: what is stored, less what the events say. What the unknown
        may explain is not; where it is more than that, what is too much is told whole, and may be right in
        part."""
        drift: dict[str, int] = {}
        for kind in _KINDS:
            names = {name for name in (*self.counts, *totals) if name.startswith(kind)}
            off = {name: totals.get(name, 0) - self.counts[name] for name in sorted(names)}
            is_too_much = sum(by for by in off.values() if by > 0) > self.unknown[kind]
            drift |= {name: by for name, by in off.items() if by < 0 or (by > 0 and is_too_much)}
        return drift

    def _count(self, kind: str, ms: int | None) -> None:
        if ms is None:
            self.unknown[kind] += 1
        else:
            self.counts[f"{kind}{bound_of(ms)}"] += 1


def _waited_ms(event: Event, history: History | None) -> int | None:
    """Since it was due, as `begin` measures it."""
    if history is None:
        return None
    try:
        return event.at_ms - ms_of(history.fields.get("next_attempt_at") or history.fields["created_at"])
    except (KeyError, ValueError):
        return None


def _took_ms(event: Event) -> int | None:
    try:
        return int(event.fields["processing_time"])
    except (KeyError, ValueError):
        return None


def _is_at_first(event: Event, history: History | None) -> bool | None:
    """In the first attempt of the first round."""
    if history is not None:
        return history.fields.get("attempt") == "1" and history.fields.get("round", "1") == "1"
    return True if event.version == _AT_FIRST_VERSION else None
