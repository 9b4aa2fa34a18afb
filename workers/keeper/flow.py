"""Where the backlog goes, out of a minute of samples: idle, steady, falling behind or catching up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from orderstream.streams.metrics import Sample
from orderstream.streams.outlook import Alarm, AlarmKind, Flow, FlowCause, FlowKind
from workers.keeper.scene import Scene

# Of a minute; with fewer, or over less time, nothing is said.
SAMPLES_LEAST: Final = 30
SPAN_LEAST_MS: Final = 45_000
# Orders by which the backlog must have changed over the minute, and as a share of it: less is up and down.
ORDERS_LEAST: Final = 10
SHARE_LEAST: Final = 0.02
# A change of direction must last so long, or the words on the boards would flap.
STEADY_MS: Final = 10_000
# A figure in the words changes only when it is off by so much.
FIGURE_TOLERANCE: Final = 0.1
UNTIL_TOLERANCE_MS: Final = 10_000
UNTIL_TOLERANCE: Final = 0.2
# What began within this time before things went wrong is taken for the cause.
CAUSE_MS: Final = 90_000
MORE: Final = 1.25
_WHY: Final[Mapping[AlarmKind, FlowCause]] = {"worker_lost": "lost", "slow_worker": "slow"}


@dataclass(frozen=True, slots=True)
class Minute:
    """The backlog in three parts of a minute, as means; `lowest_at` and `highest_at` are where it turned."""

    thirds: tuple[float, float, float]
    between_ms: float  # from the middle of the first to that of the last
    latest: float
    is_idle: bool
    lowest_at_ms: int
    highest_at_ms: int
    placed: float
    placed_before: float

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "Minute | None":
        known = [s for s in samples if "pending" in s.figures]
        if len(known) < SAMPLES_LEAST or known[-1].at_ms - known[0].at_ms < SPAN_LEAST_MS:
            return None
        third = len(known) // 3
        parts = known[:third], known[third:-third], known[-third:]
        means = [fmean(s.figures["pending"] for s in part) for part in parts]
        middle = [fmean(s.at_ms for s in part) for part in parts]
        rates = [[s.figures.get("placed_per_second", 0.0) for s in part] for part in parts]
        return cls(
            thirds=(means[0], means[1], means[2]),
            between_ms=middle[2] - middle[0],
            latest=known[-1].figures["pending"],
            is_idle=not any(_is_busy(s) for s in known),
            lowest_at_ms=min(known, key=lambda s: s.figures["pending"]).at_ms,
            highest_at_ms=max(known, key=lambda s: s.figures["pending"]).at_ms,
            placed=fmean(rates[2]),
            placed_before=fmean(rates[0]),
        )

    @property
    def change(self) -> float:
        """Orders per second by which the backlog grows; below 0 it shrinks."""
        return (self.thirds[2] - self.thirds[0]) / (self.between_ms / 1000)

    @property
    def direction(self) -> FlowKind:
        first, second, third = self.thirds
        if self.is_idle:
            return "idle"
        enough = max(ORDERS_LEAST, SHARE_LEAST * max(first, third))
        if first < second < third and third - first >= enough:
            return "behind"
        if first > second > third and first - third >= enough and self.latest > 0:
            return "catching"
        return "steady"


class FlowJudge:
    """Remembers since when the direction seems to be another than the one that is said."""

    def __init__(self) -> None:
        self._other: FlowKind | None = None
        self._other_since_ms = 0

    def judge(self, scene: Scene, alarms: Sequence[Alarm], before: Flow | None) -> Flow | None:
        minute = Minute.of(scene.minute)
        if minute is None:
            return None
        kind = minute.direction
        if before is None or (kind != before.kind and self._is_settled(kind, before, minute, scene.now_ms)):
            before = _begun(kind, minute, alarms, scene)
        if kind == before.kind:
            self._other = None
        return _said(before, minute, scene.now_ms)

    def _is_settled(self, kind: FlowKind, before: Flow, minute: Minute, now_ms: int) -> bool:
        if kind != self._other:
            self._other, self._other_since_ms = kind, now_ms
        if before.kind == "catching" and not minute.latest:
            return True  # done is done
        return now_ms - self._other_since_ms >= STEADY_MS


def _is_busy(sample: Sample) -> bool:
    known = sample.figures
    busy = ("pending", "processing", "retrying", "placed_per_second", "completed_per_second")
    return any(known.get(name, 0) > 0 for name in busy)


def _begun(kind: FlowKind, minute: Minute, alarms: Sequence[Alarm], scene: Scene) -> Flow:
    match kind:
        case "idle":
            return Flow(kind, scene.last_event_ms)
        case "catching":
            return Flow(kind, minute.highest_at_ms)
        case "steady":
            return Flow(kind, scene.now_ms)
    since_ms = minute.lowest_at_ms
    for alarm in alarms:
        if alarm.kind in _WHY and since_ms - alarm.since_ms < CAUSE_MS:
            return Flow(kind, alarm.since_ms, why=_WHY[alarm.kind], worker=alarm.worker)
    return Flow(kind, since_ms, why="more" if minute.placed > MORE * minute.placed_before else "")


def _said(flow: Flow, minute: Minute, now_ms: int) -> Flow:
    """With its figures: they move only when what was said is off by more than one would round away."""
    if flow.kind not in {"behind", "catching"}:
        return flow
    change = minute.change if flow.kind == "behind" else -minute.change
    by = max(0.1, round(change, 1))
    if abs(by - flow.by) > max(FIGURE_TOLERANCE, FIGURE_TOLERANCE * flow.by) or not flow.by:
        flow = replace(flow, by=by)
    if flow.kind == "catching":
        left_ms = minute.latest / flow.by * 1000
        until_ms = round(now_ms + left_ms)
        tolerated = max(UNTIL_TOLERANCE_MS, UNTIL_TOLERANCE * left_ms)
        if flow.until_ms is None or abs(until_ms - flow.until_ms) > tolerated or flow.until_ms < now_ms:
            flow = replace(flow, until_ms=until_ms)
    return flow
