"""How much the memory of a process grew once it was warm."""

from statistics import median
from typing import Final

from tests.chaos.facts import Lifetime

WARM_SECONDS: Final = 90.0
"""By then a process has opened, imported and cached what it needs."""
ENOUGH_SECONDS: Final = 180.0
"""So long, at least, somebody must have lived since to say anything about growth."""
EDGE_SECONDS: Final = 30.0
"""The memory at a moment is the median of so long: collections of garbage make it saw."""


def growth(lifetime: Lifetime) -> tuple[int, int] | None:
    """Resident bytes when it was warm and at its end; None of one that did not live long enough."""
    course = lifetime.resident
    if not course or course[-1][0] < WARM_SECONDS + ENOUGH_SECONDS:
        return None
    end = course[-1][0]
    warm = [size for at, size in course if WARM_SECONDS <= at < WARM_SECONDS + EDGE_SECONDS]
    last = [size for at, size in course if at > end - EDGE_SECONDS]
    return (round(median(warm)), round(median(last))) if warm else None
