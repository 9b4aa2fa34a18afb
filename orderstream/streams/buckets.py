"""Samples of a span folded into equal buckets: means, for percentiles the maximum, nothing where none was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

# Boundaries that a person reads easily, in seconds; the last ones are for 90 days.
STEPS_SECONDS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14_400)
BUCKETS_MOST: Final = 600
FIGURES_MOST: Final = 1_000
_PERCENTILES: Final = ("_p50", "_p95", "_p99")

Values = list[float | None]


@dataclass(frozen=True, slots=True)
class Grid:
    """Buckets of `step_ms` that begin at multiples of it, so that two readings of one bucket agree."""

    first_ms: int
    step_ms: int
    count: int

    @classmethod
    def over(cls, since_ms: int, until_ms: int, step_ms: int = 0) -> "Grid":
        """Whole buckets around the span, at least `step_ms` wide and at most BUCKETS_MOST of them."""
        finest = -(-(until_ms - since_ms) // (BUCKETS_MOST - 1))
        step_ms = max(step_ms, next((s * 1000 for s in STEPS_SECONDS if s * 1000 >= finest), finest))
        first_ms = since_ms - since_ms % step_ms
        return cls(first_ms, step_ms, (until_ms - first_ms) // step_ms + 1)

    @property
    def end_ms(self) -> int:
        """The first moment behind it."""
        return self.first_ms + self.count * self.step_ms

    @property
    def at(self) -> list[int]:
        return list(range(self.first_ms, self.end_ms, self.step_ms))


class Buckets:
    """Sums and counts by figure. `names` is bounded: workers come and go, each start under another name."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._columns: dict[str, tuple[Values, list[int]]] = {}

    def add(self, at_ms: int, figures: Iterable[tuple[str, float]]) -> None:
        number = (at_ms - self.grid.first_ms) // self.grid.step_ms
        if not 0 <= number < self.grid.count:
            return
        for name, value in figures:
            column = self._columns.get(name) or self._new(name)
            if column is None:
                continue
            values, counts = column
            counts[number] += 1
            known = values[number]
            values[number] = value if known is None else _join(name)(known, value)

    @property
    def names(self) -> list[str]:
        return list(self._columns)

    def column(self, name: str) -> Values:
        """A figure's value in each bucket, None where it was not measured."""
        values, counts = self._columns[name]
        if _is_percentile(name):
            return [None if value is None else round(value, 3) for value in values]
        return [
            None if value is None else round(value / count, 3)
            for value, count in zip(values, counts, strict=True)
        ]

    def _new(self, name: str) -> tuple[Values, list[int]] | None:
        if len(self._columns) >= FIGURES_MOST:
            return None
        return self._columns.setdefault(name, ([None] * self.grid.count, [0] * self.grid.count))


def _is_percentile(name: str) -> bool:
    return name.endswith(_PERCENTILES)


def _join(name: str) -> Callable[[float, float], float]:
    # A mean of percentiles is the percentile of nothing; the worst of a bucket is what one looks for.
    return max if _is_percentile(name) else float.__add__
