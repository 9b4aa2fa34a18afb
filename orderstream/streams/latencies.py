"""Percentiles of waiting and processing, from the buckets that begin and finish count in the totals."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Ten buckets a decade, as _prelude.lua has them: a percentile is right within about a tenth.
_RATIO: Final = 10**0.1
_STEPS: Final = (10, 13, 16, 20, 25, 32, 40, 50, 63, 79)
# From 1 ms to about 3 hours.
_LONGEST: Final = 10_000_000
_BOUNDS: Final = (*(int(step * 10**decade + 5) // 10 for decade in range(7) for step in _STEPS), _LONGEST)
WAITED: Final = "waited_"
TOOK: Final = "took_"


def bound_of(ms: int) -> int:
    """Of the bucket that so many fall into; the last one takes all that is longer."""
    return _BOUNDS[bisect_left(_BOUNDS, min(ms, _LONGEST))]


@dataclass(frozen=True, slots=True)
class Latencies:
    """How many orders took at most so many ms (and longer than the bucket before)."""

    buckets: Mapping[int, int]

    @classmethod
    def of(cls, totals: Mapping[str, int], kind: str) -> "Latencies":
        """`kind` is WAITED (from due to begin) or TOOK (a handler's run that completed)."""
        return cls(
            {
                int(name.removeprefix(kind)): count
                for name, count in totals.items()
                if name.startswith(kind) and count > 0
            }
        )

    def since(self, earlier: "Latencies") -> "Latencies":
        """What was added since an earlier reading."""
        return Latencies(
            {
                bound: count - earlier.buckets.get(bound, 0)
                for bound, count in self.buckets.items()
                if count > earlier.buckets.get(bound, 0)
            }
        )

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    def percentile(self, share: float) -> float | None:
        """Seconds within which `share` (0 to 1) of the orders were; None when there was none."""
        rank, passed = share * self.count, 0
        for bound, count in sorted(self.buckets.items()):
            if passed + count >= rank:
                lower = 0.0 if bound == 1 else bound / _RATIO
                return (lower + (bound - lower) * (rank - passed) / count) / 1000
            passed += count
        return None
