"""The figures of a run: what was asked, what became of it, how long a takeover and a recovery took."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Final

from tests.chaos.executions import BEGUN
from tests.chaos.facts import Event, Facts, Looks, by_order
from tests.chaos.folding import ENDS
from tests.chaos.growth import growth
from tests.chaos.history import Kind, Line, Phase
from tests.chaos.plan import Plan

LOST_WORKER: Final = "WorkerLost"


@dataclass(frozen=True, slots=True)
class Spread:
    """Of some seconds."""

    count: int
    p50: float
    p99: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        if len(seconds) < 2:
            (only,) = seconds or (0.0,)
            return cls(len(seconds), only, only, only)
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(len(seconds), cuts[49], cuts[98], max(seconds))


@dataclass(frozen=True, slots=True)
class Figures:
    """`unknown`: keys of which at least one call was unknown; they had been placed by then, had not, or are
    unknown still. `recovery`: seconds from a fault's end to the next completion, the longest of its kind.
    `warm_mb`: of each process that lived long enough, warm and what it grew to, where it grew most.
    `levels`: of what comes and goes, before load and faults and in the end."""

    asked: int
    accepted: int
    unknown: int
    unknown_placed: int
    unknown_not_placed: int
    unknown_for_ever: int
    duplicates_refused: int
    completed: int
    cancelled: int
    failed_as_planned: int
    failed_unplanned: int
    lost: int
    doubled_effects: int
    executions: int
    executions_per_order: float
    executions_most: int
    stale_refused: int
    swept: int
    takeover: Spread
    faults: Mapping[str, int]
    recovery: Mapping[str, float]
    memory_mb: Mapping[str, int]
    warm_mb: Mapping[str, tuple[int, int]]
    levels: Mapping[str, tuple[int, int]]
    dashboards: int
    converged: int
    looks: Looks


def figures(plan: Plan, history: Sequence[Line], facts: Facts, ids: Mapping[str, Sequence[str]]) -> Figures:
    """`ids`: the orders of each reference."""
    accepted = {r for line in _placings(history) if line.phase is Phase.OK for r in line.references}
    ours = {i: reference for reference, all_ in ids.items() if plan.has(reference) for i in all_}
    ends = {i: facts.hashes.get(i, {}).get("status", "") for i in ours}
    failed = [i for i, status in ends.items() if status == "failed"]
    as_planned = sum(plan.final(ours[i]) == "failed" for i in failed)
    gone = [r for r in accepted if not ids.get(r)]
    runs = Counter(each.order_id for each in facts.executions if each.what == BEGUN)
    placed, not_placed, never = _unknown(history)
    return Figures(
        asked=plan.orders,
        accepted=len(accepted),
        unknown=placed + not_placed + never,
        unknown_placed=placed,
        unknown_not_placed=not_placed,
        unknown_for_ever=never,
        duplicates_refused=facts.totals.get("n_duplicates", 0),
        completed=sum(status == "completed" for status in ends.values()),
        cancelled=sum(status == "cancelled" for status in ends.values()),
        failed_as_planned=as_planned,
        failed_unplanned=len(failed) - as_planned,
        lost=len(gone) + sum(status not in ENDS for status in ends.values()),
        doubled_effects=sum(times > 1 for times in facts.effects.values()),
        executions=runs.total(),
        executions_per_order=runs.total() / len(runs) if runs else 0.0,
        executions_most=max(runs.values(), default=0),
        stale_refused=facts.totals.get("n_stale", 0),
        swept=facts.totals.get("n_swept", 0),
        takeover=Spread.of(list(_takeovers(facts.events))),
        faults=dict(Counter(each.kind for each in facts.happenings)),
        recovery=_recovery(facts),
        memory_mb={name: measured.resident >> 20 for name, measured in sorted(facts.processes.items())},
        warm_mb=_warm_mb(facts),
        levels=_levels(facts),
        dashboards=facts.watched.dashboards,
        converged=facts.watched.converged,
        looks=facts.looks,
    )


def _warm_mb(facts: Facts) -> Mapping[str, tuple[int, int]]:
    most: dict[str, tuple[int, int]] = {}
    for lifetime in facts.lifetimes:
        if (grown := growth(lifetime, facts.happenings)) is not None:
            warm, last = (size >> 20 for size in grown)
            was = most.get(lifetime.name)
            if was is None or last - warm > was[1] - was[0]:
                most[lifetime.name] = (warm, last)
    return dict(sorted(most.items()))


def _levels(facts: Facts) -> Mapping[str, tuple[int, int]]:
    if facts.before is None or facts.after is None:
        return {}
    after = asdict(facts.after)
    return {name: (was, after[name]) for name, was in asdict(facts.before).items()}


def _placings(history: Sequence[Line]) -> Iterator[Line]:
    return (line for line in history if line.kind in {Kind.PLACE, Kind.BATCH})


def _unknown(history: Sequence[Line]) -> tuple[int, int, int]:
    """Keys with an unknown call, by the first answer after it: placed by then, not placed, there is none."""
    waiting: set[str] = set()
    placed = not_placed = 0
    for line in _placings(history):
        if line.phase is Phase.UNKNOWN:
            waiting.add(line.key)
        elif line.phase is Phase.OK and line.key in waiting:
            waiting.remove(line.key)
            placed += line.is_replayed
            not_placed += not line.is_replayed
    return placed, not_placed, len(waiting)


def _takeovers(events: Sequence[Event]) -> Iterator[float]:
    """Seconds from a lost worker's last sign in the log to the moment when another began its order."""
    signs: dict[str, list[int]] = {}
    for event in events:
        if event.actor.startswith("worker:"):
            signs.setdefault(event.actor.removeprefix("worker:"), []).append(event.at_ms)
    for history in by_order(events).values():
        lost: tuple[str, int] | None = None
        for event in history:
            if event.fields.get("swept") and event.fields.get("error") == LOST_WORKER:
                worker = event.fields["swept"]
                lost = (
                    worker,
                    max((at for at in signs.get(worker, ()) if at <= event.at_ms), default=event.at_ms),
                )
            elif event.type == "order.started" and lost is not None:
                yield (event.at_ms - lost[1]) / 1000
                lost = None


def _recovery(facts: Facts) -> Mapping[str, float]:
    completions = [event.at_ms for event in facts.events if event.type == "order.completed"]
    longest: dict[str, float] = {}
    for fault in facts.happenings:
        after = next((at for at in completions if at >= fault.healed_ms), None)
        if after is not None:
            longest[fault.kind] = max(longest.get(fault.kind, 0.0), (after - fault.healed_ms) / 1000)
    return longest
