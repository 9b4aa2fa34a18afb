"""What of the damage has one right answer, and the steps that mend it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orderstream.streams.auditing.rules import Rules
from orderstream.streams.codec import interleaved
from orderstream.streams.events_log import BEGINNING
from orderstream.streams.lane import Lane
from orderstream.streams.repairs import restore_or_adopt
from orderstream.streams.sweeping import sweep

KEPT_MOST: Final = 50_000
"""Orders beyond it are mended by the next repair."""
TOTALS: Final = "totals"
"""What a repair calls them beside its remedies for orders."""
MARK: Final = "totals_repaired"
_TOGETHER: Final = 200
# What a step answers where it has mended something; from a sweep `missing` says that a hash was seen to.
_RESTORED: Final = frozenset({"restored", "adopted", "refused"})
_SWEPT: Final = frozenset({"acknowledged", "indexed", "parked", "put_back", "swept", "missing"})


class Remedy(StrEnum):
    RESTORE = "restore"  # a status hash, folded from its events
    REPAIR = "repair"  # its place in the indexes
    SWEEP = "sweep"  # out of the pending list


@dataclass(slots=True)
class Remedies:
    """What can be mended. `drift`: by how much each total is off, measured at the event `cursor` when the
    control hash had `mark`; `next_mark` takes its place, so that nobody takes the same drift out again."""

    orders: dict[str, Remedy] = field(default_factory=dict)
    drift: Mapping[str, int] = field(default_factory=dict)
    cursor: str = BEGINNING
    mark: str = ""
    next_mark: str = ""

    def __bool__(self) -> bool:
        return bool(self.orders or self.drift)

    def add(self, remedy: Remedy, order_id: str) -> None:
        if len(self.orders) < KEPT_MOST:
            self.orders.setdefault(order_id, remedy)

    def ids(self, remedy: Remedy) -> list[str]:
        return [order_id for order_id, known in self.orders.items() if known is remedy]


async def mend(lane: Lane, remedies: Remedies, rules: Rules) -> Counter[str]:
    """How many hashes were restored, orders indexed, entries acknowledged and totals corrected.

    None of it is a change of an order, so none has an event or a version: whoever calls this writes it down.
    """
    done: Counter[str] = Counter()
    for ids in _batches(remedies.ids(Remedy.RESTORE)):
        codes = await restore_or_adopt(lane, ids, actor=rules.actor)
        done[Remedy.RESTORE] += sum(code in _RESTORED for code in codes.values())
    for ids in _batches(remedies.ids(Remedy.REPAIR)):
        codes_of_index = await lane.run("repair", actor=rules.actor, ids=ids)
        done[Remedy.REPAIR] += codes_of_index.count("repaired")
    for ids in _batches(remedies.ids(Remedy.SWEEP)):
        swept = await sweep_by(lane, rules, ids)
        done[Remedy.SWEEP] += sum(code in _SWEPT for code in swept or ())
    if remedies.drift and await repair_totals(lane, remedies):
        done[TOTALS] = len(remedies.drift)
    return done


async def sweep_by(lane: Lane, rules: Rules, ids: Sequence[str]) -> list[str] | None:
    """As any worker does in its turn; None where the limit of attempts is not known."""
    if rules.attempts is None:
        return None
    return await sweep(
        lane,
        ids,
        actor=rules.actor,
        bound_ms=rules.bound_ms,
        attempts=rules.attempts,
        backoff_ms=rules.backoff_ms,
    )


async def repair_totals(lane: Lane, remedies: Remedies) -> bool:
    """False: somebody else was before, and the drift must be measured again."""
    back = {name: -by for name, by in remedies.drift.items()}
    args = [remedies.mark, remedies.next_mark, remedies.cursor, *interleaved(back)]
    return str(await lane.run("repair_totals", args=args)) == "repaired"


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _TOGETHER] for start in range(0, len(ids), _TOGETHER))
