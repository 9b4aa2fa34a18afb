"""All that is known of one order at a moment, in one value: what the pages put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.attempts import Attempt, attempts_of
from dashboard.judging import is_slower, usual_seconds
from dashboard.protocol import Snapshot, Targets
from orderstream.domain.events import Event, EventType
from orderstream.streams.codec import StoredOrder
from orderstream.streams.histories import History
from orderstream.streams.order_findings import Ahead, Findings, Holder


@dataclass(frozen=True, slots=True)
class Slowness:
    """Within how many seconds 95 in 100 attempts end: a worker's own, and those of the others."""

    own: float
    usual: float


@dataclass(frozen=True, slots=True)
class Case:
    """`workers` are the states of those that are known, by name; who is not among them is gone.

    `usual_seconds`: what 95 in 100 attempts of the last minute took at most. `paces`: the same of each living
    worker that has told it. The limit holds in each round.
    """

    order: StoredOrder
    now_ms: int
    history: History = field(default_factory=History)
    holder: Holder | None = None
    ahead: Ahead | None = None
    has_entry: bool = True
    workers: Mapping[str, str] = field(default_factory=dict)
    is_paused: bool = False
    calm_until_ms: int | None = None
    usual_seconds: float | None = None
    paces: Mapping[str, float] = field(default_factory=dict)
    targets: Targets | None = None
    attempts_limit: int = 5

    @property
    def living(self) -> int:
        return sum(state != "lost" for state in self.workers.values())

    def is_lost(self, worker: str) -> bool:
        return self.workers.get(worker, "lost") == "lost"

    def slowness_of(self, worker: str) -> Slowness | None:
        """None: it is as quick as the others, or nobody knows."""
        own = self.paces.get(worker)
        usual = usual_seconds(pace for name, pace in self.paces.items() if name != worker)
        return Slowness(own, usual) if own and usual and is_slower(own, usual) else None

    def last(self, *types: EventType) -> Event | None:
        return next((event for event in reversed(self.history.events) if event.type in types), None)

    @property
    def attempts(self) -> list[Attempt]:
        """Of the round that goes on, or was the last."""
        return [each for each in attempts_of(self.history.events) if each.round == self.order.round]

    @property
    def ended(self) -> list[Attempt]:
        """Those of them that are over."""
        return [each for each in self.attempts if each.end is not None]


def case_of(findings: Findings, history: History, snapshot: Snapshot, attempts_limit: int) -> Case | None:
    """None: the status cannot be read, so that nothing can be told of it."""
    if findings.order is None:
        return None
    figures = snapshot.figures
    return Case(
        order=findings.order,
        now_ms=findings.now_ms,
        history=history,
        holder=findings.holder,
        ahead=findings.ahead,
        has_entry=findings.entry is not None,
        workers={worker.name: worker.state for worker in snapshot.workers},
        is_paused=figures.paused,
        calm_until_ms=figures.calm_until,
        usual_seconds=figures.processing_time.p95 if figures.processing_time else None,
        paces={w.name: w.p95 for w in snapshot.workers if w.p95 is not None and w.state != "lost"},
        targets=figures.targets,
        attempts_limit=attempts_limit,
    )
