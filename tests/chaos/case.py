"""One run as the rules of the judge see it: what several of them look at, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tests.chaos.facts import Event, Facts, by_order
from tests.chaos.folding import ENDS, Fold, folded
from tests.chaos.history import Kind, Line, Phase
from tests.chaos.plan import Plan

SLACK_MS: Final = 5_000
"""I1 grants so much beyond lease, sweep interval and back-off."""


@dataclass(frozen=True)
class Case:
    plan: Plan
    history: Sequence[Line]
    facts: Facts

    @cached_property
    def histories(self) -> Mapping[str, Sequence[Event]]:
        return by_order(self.facts.events)

    @cached_property
    def folds(self) -> Mapping[str, Fold]:
        most = self.facts.rules.attempts
        return {i: folded(i, events, most) for i, events in self.histories.items()}

    @cached_property
    def ids(self) -> Mapping[str, Sequence[str]]:
        """Of each reference: the orders that were placed for it, by the entries of the stream."""
        found: dict[str, list[str]] = {}
        for order_id, fields in self.facts.entries.items():
            found.setdefault(fields.get("reference", ""), []).append(order_id)
        return found

    @cached_property
    def answered(self) -> Mapping[str, str]:
        """What was answered with 2xx to a placing: the id of each reference, the first where they differ."""
        found: dict[str, str] = {}
        for line in self.history:
            if line.phase is Phase.OK and line.kind in {Kind.PLACE, Kind.BATCH}:
                for reference, order_id in zip(line.references, line.ids, strict=True):
                    found.setdefault(reference, order_id)
        return found

    @cached_property
    def ahead(self) -> Mapping[str, int]:
        """Of each order: how many were unfinished when it came."""
        found: dict[str, int] = {}
        unfinished = 0
        for event in self.facts.events:
            if not event.source:
                found[event.order_id] = unfinished
            unfinished += (event.target not in ENDS) - (bool(event.source) and event.source not in ENDS)
        return found

    def status(self, order_id: str) -> str:
        return self.facts.hashes.get(order_id, {}).get("status", "")

    def wanted(self, order_id: str) -> str:
        """The status in which it must end; what is no order becomes a dead letter."""
        entry = self.facts.entries.get(order_id, {})
        return self.plan.final(entry.get("reference", "")) if "customer_id" in entry else "failed"
