"""What an audit found, so far and as a whole."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from orderstream.domain.histories import Harm, Violation

LISTED_MOST: Final = 1_000  # violations of one invariant that are kept with their ids; the others are counted
COUNTED_MOST: Final = 100_000  # in all; of further ones it is not remembered whether they were told
TEXT_MOST: Final = 1_000  # letters of a violation: what is stored may be of any size
ID_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Report:
    """`audited_to_ms`: when the last event was written that was taken in; None before any. `ledger`: the
    totals as stored at the last snapshot, by status and with placed and adopted. `unjudged`: what could not
    be judged, and how many. `is_whole`: the audit has been through everything at least once."""

    audited_to_ms: int | None
    cursor: str
    events: int
    orders: int
    ledger: Mapping[str, int]
    violations: tuple[Violation, ...]
    counts: Mapping[str, int]
    lost: int
    lost_ids: tuple[str, ...]
    doubled: int
    doubled_ids: tuple[str, ...]
    swept: int
    unjudged: Mapping[str, int]
    is_whole: bool

    @property
    def is_clean(self) -> bool:
        return not self.counts

    @property
    def clean(self) -> bool | None:
        """None: nothing is known to be wrong, but not all could be judged."""
        if not self.is_clean:
            return False
        return True if self.is_whole and not self.unjudged else None

    def as_json(self) -> dict[str, Any]:
        return {
            "clean": self.clean,
            "whole": self.is_whole,
            "audited_to_ms": self.audited_to_ms,
            "cursor": self.cursor,
            "events": self.events,
            "orders": self.orders,
            "ledger": dict(self.ledger),
            "lost": self.lost,
            "lost_ids": list(self.lost_ids),
            "doubled": self.doubled,
            "doubled_ids": list(self.doubled_ids),
            "put_back": self.swept,
            "counts": dict(self.counts),
            "violations": [
                {"invariant": v.invariant, "order_id": v.order_id, "text": v.text, "harm": v.harm.value}
                for v in self.violations
            ],
            "unjudged": dict(self.unjudged),
        }


@dataclass(slots=True)
class Findings:
    """Collects; each order is told once for each invariant, and no more than COUNTED_MOST in all."""

    listed: dict[tuple[str, str], Violation] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    harms: Counter[Harm] = field(default_factory=Counter)
    unjudged: Counter[str] = field(default_factory=Counter)
    _told: set[tuple[str, str]] = field(init=False, default_factory=set)
    # What is told of things stored: they may be mended, while the log stays as it is.
    _mendable: dict[tuple[str, str], None] = field(default_factory=dict)

    def add(self, violation: Violation, *, is_mendable: bool = False) -> None:
        key = (violation.invariant, violation.order_id)
        if key in self._told or len(self._told) >= COUNTED_MOST:
            return
        self._told.add(key)
        self.counts[violation.invariant] += 1
        self.harms[violation.harm] += 1
        if self.counts[violation.invariant] <= LISTED_MOST:
            order_id, text = _shown(violation.order_id, ID_MOST), _shown(violation.text, TEXT_MOST)
            self.listed[key] = replace(violation, order_id=order_id, text=text)
            if is_mendable:
                self._mendable[key] = None

    def withdraw(self) -> list[tuple[str, str]]:
        """What is told of things stored, by invariant and id; from here on it is not told any more."""
        for key in self._mendable:
            violation = self.listed.pop(key)
            self._told.discard(key)
            self.counts[violation.invariant] -= 1
            self.harms[violation.harm] -= 1
        self.counts, self.harms = +self.counts, +self.harms
        withdrawn = list(self._mendable)
        self._mendable.clear()
        return withdrawn

    @property
    def has_mendable(self) -> bool:
        return bool(self._mendable)

    def has_told_of(self, order_id: str) -> bool:
        return any((invariant, order_id) in self._told for invariant in self.counts)

    def ids(self, harm: Harm) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v.order_id for v in self.listed.values() if v.harm is harm))


def _shown(text: str, most: int) -> str:
    """Cut, and with nothing in it that a terminal would obey: strangers' values stand in these texts."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
