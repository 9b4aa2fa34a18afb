"""Keeps what looks wrong until it is looked at again; what still looks so then is a violation."""

from dataclasses import dataclass, field
from typing import Final

from orderstream.streams.auditing.remedies import Remedies, Remedy, sweep_by
from orderstream.streams.auditing.reports import Findings
from orderstream.streams.auditing.rules import Bounds, Rules, Unjudged
from orderstream.streams.auditing.sights import LOOKED_AT, Fault, Look, Sight, examine, fault_of, violation_of
from orderstream.streams.causes import WRITES_REFUSED, cause_of
from orderstream.streams.connection import StreamError
from orderstream.streams.lane import Lane

_BY_SWEEP: Final = frozenset({Fault.NOBODY, Fault.UNADOPTED})
_REMEDIES: Final = {
    Fault.NO_DUE_TIME: Remedy.REPAIR,
    Fault.SURPLUS_RETRY: Remedy.REPAIR,
    Fault.NO_LETTER: Remedy.REPAIR,
    Fault.SURPLUS_LETTER: Remedy.REPAIR,
    Fault.ENDED_PENDING: Remedy.SWEEP,
    Fault.NOTHING_PENDING: Remedy.SWEEP,
}
_PUT_BACK: Final = frozenset({"put_back", "swept", "parked", "indexed", "acknowledged"})


@dataclass(slots=True)
class Suspects:
    """`swept`: how many orders that were in nobody's pending list the sweep put back."""

    lane: Lane
    rules: Rules
    bounds: Bounds
    findings: Findings
    remedies: Remedies
    swept: int = 0
    _faults: dict[str, Fault] = field(init=False, default_factory=dict)
    # Told as violations: they may be mended.
    _told: dict[str, Fault] = field(init=False, default_factory=dict)
    # Not judged because of a calm: the next round looks at them.
    _postponed: dict[str, Fault] = field(init=False, default_factory=dict)

    @property
    def left(self) -> int:
        """That are to be looked at again."""
        return len(self._faults)

    def begin_round(self) -> None:
        self._faults.update(self._postponed)
        self._postponed.clear()

    def reconsider(self) -> None:
        """Look once more at what was told."""
        self._faults.update(self._told)
        self._told.clear()

    def consider(self, sight: Sight, look: Look) -> None:
        fault = fault_of(sight, look, self.rules.bound_ms)
        if fault is not None and sight.order_id not in self._postponed:
            self._faults[sight.order_id] = fault

    @property
    def are_many(self) -> bool:
        """Then look again at some before anything else is looked at."""
        return len(self._faults) >= self.bounds.suspects

    async def look_again(self) -> bool:
        """At some; True when none is left."""
        faults = {order_id: self._faults[order_id] for order_id in list(self._faults)[:LOOKED_AT]}
        if not faults:
            return True
        swept = await self._sweep([order_id for order_id, fault in faults.items() if fault in _BY_SWEEP])
        look = await examine(self.lane, list(faults))
        for sight in look.sights:
            before, now = faults[sight.order_id], fault_of(sight, look, self.rules.bound_ms)
            del self._faults[sight.order_id]
            if now is not before:
                continue
            if now in _BY_SWEEP and isinstance(swept, Unjudged):
                self._postpone(sight.order_id, now, swept)
            elif isinstance(swept, dict) and swept.get(sight.order_id) == "calm":
                self._postpone(sight.order_id, now, Unjudged.CALM)
            else:
                self._tell(sight.order_id, now)
        return False

    async def _sweep(self, ids: list[str]) -> dict[str, str] | Unjudged:
        """Nothing is lost that the sweep finds: it puts back what is in nobody's pending list, and adopts.

        Its answers, or why there is none."""
        try:
            codes = await sweep_by(self.lane, self.rules, ids)
        except StreamError as error:
            if cause_of(error) not in WRITES_REFUSED:
                raise
            return Unjudged.UNWRITABLE
        if codes is None:
            return Unjudged.UNLIMITED
        self.swept += sum(code in _PUT_BACK for code in codes)
        return dict(zip(ids, codes, strict=True))

    def _postpone(self, order_id: str, fault: Fault, why: Unjudged) -> None:
        if len(self._postponed) < self.bounds.suspects:
            self.findings.unjudged[why] += 1
            self._postponed[order_id] = fault
        else:
            self.findings.unjudged[Unjudged.TOO_MANY] += 1

    def _tell(self, order_id: str, fault: Fault) -> None:
        if self.findings.has_told_of(order_id):  # what follows from one damage is no second one
            return
        self.findings.add(violation_of(order_id, fault), is_mendable=True)
        if len(self._told) < self.bounds.suspects:
            self._told[order_id] = fault
        if fault in _REMEDIES:
            self.remedies.add(_REMEDIES[fault], order_id)
