"""Each worker's throughput over a span: one of the keeper's samples for each step, in one round trip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from orderstream.streams.lane import Lane
from orderstream.streams.metrics import worker_of

STEPS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Throughputs:
    """Orders per second at the beginning of each step; None where no sample has the worker."""

    since_ms: int
    step_ms: int
    by_worker: Mapping[str, list[float | None]]


async def throughputs(lane: Lane, since_ms: int, step_ms: int, steps: int) -> Throughputs:
    """Reading all samples of 15 minutes would be 15 times as much, for the same curve."""
    since_ms -= since_ms % step_ms  # so that a point does not move from reading to reading
    steps = min(steps, STEPS_MAX)
    starts = [since_ms + number * step_ms for number in range(steps)]
    pages = await lane.commands(
        ("XRANGE", lane.keys.metrics, start, start + step_ms - 1, "COUNT", 1) for start in starts
    )
    by_worker: dict[str, list[float | None]] = {}
    for number, rows in enumerate(pages):
        for _, fields in rows:
            for name, text in fields.items():
                worker, value = worker_of(name), _number(text)
                if worker is not None and value is not None:
                    by_worker.setdefault(worker, [None] * steps)[number] = value
    return Throughputs(since_ms, step_ms, by_worker)


def _number(text: str) -> float | None:
    """What somebody else wrote among the samples hides nothing."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None
