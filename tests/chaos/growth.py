"""How much the memory of a process grew once it was warm."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Final

from tests.chaos.facts import Happening, Lifetime

WARM_SECONDS: Final = 90.0
"""By then a process has opened, imported and cached what it needs."""
ENOUGH_SECONDS: Final = 180.0
"""So long, at least, a stretch of life must be to say anything about growth."""
EDGE_SECONDS: Final = 30.0
"""The memory at a moment is the median of so long: collections of garbage make it saw."""
BURST: Final = "storm"
"""Two hundred dashboards at once: threads, connections and memory grow to what they ask for, and an allocator
and a pool keep that. The next one must find enough in it."""

Course = Sequence[tuple[float, int]]


def bursts(happenings: Iterable[Happening]) -> Iterator[Happening]:
    return (each for each in happenings if each.kind == BURST)


def growth(lifetime: Lifetime, happenings: Iterable[Happening]) -> tuple[int, int] | None:
    """Resident bytes when it was warm and at its end: before or after its first burst, where it grew more.

    None of one that did not live long enough."""
    found = [grown for course in _stretches(lifetime, happenings) if (grown := _growth(course)) is not None]
    return max(found, key=lambda grown: grown[1] - grown[0], default=None)


def _stretches(lifetime: Lifetime, happenings: Iterable[Happening]) -> Iterator[Course]:
    warm = [(at, size) for at, size in lifetime.resident if at >= WARM_SECONDS]
    spans = sorted(
        ((each.began_ms - lifetime.began_ms) / 1000, (each.healed_ms - lifetime.began_ms) / 1000)
        for each in bursts(happenings)
        if each.healed_ms > lifetime.began_ms
    )
    if not spans:
        yield warm
        return
    began, ended = spans[0]
    yield [point for point in warm if point[0] < began]
    yield [point for point in warm if point[0] >= ended + EDGE_SECONDS]


def _growth(course: Course) -> tuple[int, int] | None:
    if not course or course[-1][0] - course[0][0] < ENOUGH_SECONDS:
        return None
    begin, end = course[0][0], course[-1][0]
    first = [size for at, size in course if at < begin + EDGE_SECONDS]
    last = [size for at, size in course if at > end - EDGE_SECONDS]
    return round(median(first)), round(median(last))
