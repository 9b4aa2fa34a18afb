"""Once a second: one sample of all that is worth a curve. What is unknown is left out, never written as 0."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orderstream.domain.status import OrderStatus
from orderstream.streams import figures, inspection
from orderstream.streams.connection import GroupLost
from orderstream.streams.figures import GroupFigures, ServerFigures, Snapshot, Unfinished, WorkerRow
from orderstream.streams.lane import Lane
from orderstream.streams.latencies import TOOK, WAITED, Latencies
from orderstream.streams.metrics import Sample, add_sample, worker_figure
from workers.keeper.keeper import Term

RATED: Final = {
    "placed": "n_placed",
    "completed": "n_completed",
    "failed": "n_failed",
    "retried": "n_retried",
}
COUNTED: Final = {
    "placed": "n_placed",
    "adopted": "n_adopted",
    "completed_at_first": "n_completed_at_first",
    **{status.value: status.value for status in OrderStatus},
    # Counters, so that what happened within a span is a difference: attempts that failed, orders taken over.
    **{name: name for name in ("n_retried", "n_failed", "n_swept")},
}
PERCENTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
LATENCIES: Final = {"waiting": WAITED, "processing": TOOK}
WINDOW_MS: Final = 60_000  # percentiles are of the last minute
# A count comes with the beat, once a second: over one second a rate would swing between 0 and double.
WORKER_WINDOW_MS: Final = 5_000
WORKERS_MAX: Final = 50  # the busiest; a sample must not grow with the fleet


@dataclass(frozen=True, slots=True)
class Reading:
    """What the server said at one moment, by its own clock."""

    at_ms: int
    totals: Mapping[str, int]
    completed_by: Mapping[str, int]


class Sampler:
    """Remembers a minute of readings: rates and percentiles are differences."""

    every = timedelta(seconds=1)

    def __init__(self) -> None:
        self._readings: deque[Reading] = deque()
        self._fence = 0

    async def turn(self, term: Term) -> None:
        if term.fence != self._fence:
            # What another keeper's time has done lies between; differences over it would be no rates.
            self._readings.clear()
            self._fence = term.fence
        taken = await figures.snapshot(term.lane)
        rows = await figures.workers(term.lane)
        self._remember(Reading(taken.now_ms, taken.totals, completed_by(rows)))
        group, oldest = await group_and_oldest(term.lane)
        server = await figures.server_figures(term.lane)
        known = (
            counted(taken)
            | held(group)
            | age(oldest, taken.now_ms)
            | served(server)
            | await inspection.written(term.lane)
            | self._rates()
            | self._percentiles()
            | self._throughputs()
        )
        await add_sample(term.lane, Sample(taken.now_ms, {k: v for k, v in known.items() if v is not None}))

    def _remember(self, reading: Reading) -> None:
        """Counters that went back (the server came back empty) make all that was before worthless."""
        if self._readings and went_back(self._readings[-1], reading):
            self._readings.clear()
        self._readings.append(reading)
        while reading.at_ms - self._readings[0].at_ms > WINDOW_MS:
            self._readings.popleft()

    def _rates(self) -> dict[str, float | None]:
        """Per second, between the last two readings."""
        if len(self._readings) < 2:
            return {}
        earlier, latest = self._readings[-2], self._readings[-1]
        seconds = (latest.at_ms - earlier.at_ms) / 1000
        if seconds <= 0:
            return {}
        return {
            f"{name}_per_second": (latest.totals.get(counter, 0) - earlier.totals.get(counter, 0)) / seconds
            for name, counter in RATED.items()
        }

    def _percentiles(self) -> dict[str, float | None]:
        """Seconds, of what began and what completed within the window."""
        earliest, latest = self._readings[0].totals, self._readings[-1].totals
        return {
            f"{name}_{label}": Latencies.of(latest, kind)
            .since(Latencies.of(earliest, kind))
            .percentile(share)
            for name, kind in LATENCIES.items()
            for label, share in PERCENTILES.items()
        }

    def _throughputs(self) -> dict[str, float | None]:
        """Completed orders per second of each worker."""
        latest = self._readings[-1]
        earlier = next(r for r in self._readings if latest.at_ms - r.at_ms <= WORKER_WINDOW_MS)
        seconds = (latest.at_ms - earlier.at_ms) / 1000
        if seconds <= 0:
            return {}
        per_second = {
            name: max(0, completed - earlier.completed_by[name]) / seconds
            for name, completed in latest.completed_by.items()
            if name in earlier.completed_by
        }
        busiest = sorted(per_second, key=per_second.__getitem__, reverse=True)[:WORKERS_MAX]
        return {worker_figure(name): per_second[name] for name in busiest}


def went_back(earlier: Reading, later: Reading) -> bool:
    return any(later.totals.get(counter, 0) < earlier.totals.get(counter, 0) for counter in RATED.values())


def completed_by(rows: list[WorkerRow]) -> dict[str, int]:
    """A worker's details are its own words, for display: what is no number is left out."""
    given = {row.name: row.details.get("completed", "") for row in rows if row.is_alive}
    return {name: int(count) for name, count in given.items() if count.isdecimal()}


async def group_and_oldest(lane: Lane) -> tuple[GroupFigures | None, Unfinished | None]:
    """Unknown before the first worker has made the group, and while a lost one is being made again."""
    try:
        return await figures.group_figures(lane), await figures.oldest_unfinished(lane)
    except GroupLost:
        return None, None


def counted(taken: Snapshot) -> dict[str, float | None]:
    """A counter that no step has raised yet is not there, and is 0 for certain."""
    return {name: taken.totals.get(counter, 0) for name, counter in COUNTED.items()}


def held(group: GroupFigures | None) -> dict[str, float | None]:
    return {"lag": group.lag, "in_hand": group.in_hand, "waiting": group.waiting} if group else {}


def age(oldest: Unfinished | None, now_ms: int) -> dict[str, float | None]:
    """Seconds since the oldest unfinished order was accepted."""
    return {"oldest_age": max(0, now_ms - oldest.since_ms) / 1000} if oldest else {}


def served(server: ServerFigures) -> dict[str, float | None]:
    return {
        "memory_used": server.memory_used,
        "memory_limit": server.memory_limit,
        "clients": server.clients,
        "round_trip_ms": server.round_trip_ms,
        "commands_per_second": server.commands_per_second,
    }
