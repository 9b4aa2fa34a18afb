"""How much the memory of a process grew once it was warm."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Final

from tests.chaos.facts import Happening, Lifetime

WARM_SECONDS: Final = 90.0
"""By then a process has opened, imported and cached what it needs."""
ENOUGH_SECONDS: Final = 180.0
"""So long, at least, somebody must have lived since to say anything about growth."""
EDGE_SECONDS: Final = 30.0
"""The memory at a moment is the median of so long: collections of garbage make it saw."""
BURST: Final = "storm"
"""Two hundred dashboards at once: what a web process needs for them, allocator and pools of connections keep.
The next ones must find enough in it."""
MEETS_BURSTS: Final = "web"

Course = Sequence[tuple[float, int]]


def first_burst(happenings: Iterable[Happening], after_ms: int = 0) -> Happening | None:
    """The first that was not over by then."""
    bursts = [each for each in happenings if each.kind == BURST and each.healed_ms > after_ms]
    return min(bursts, key=lambda each: each.began_ms, default=None)


def growth(lifetime: Lifetime, happenings: Iterable[Happening]) -> tuple[int, int] | None:
    """Resident bytes when it was warm and at its end, without what a web process keeps of its first burst.

    None of one that did not live long enough.
    """
    warm = [point for point in lifetime.resident if point[0] >= WARM_SECONDS]
    stretches = [each for each in _stretches(lifetime, warm, happenings) if _length(each) >= 2 * EDGE_SECONDS]
    if sum(map(_length, stretches)) < ENOUGH_SECONDS:
        return None
    begin = _begin(stretches[0])
    return begin, begin + sum(_end(each) - _begin(each) for each in stretches)


def _stretches(lifetime: Lifetime, warm: Course, happenings: Iterable[Happening]) -> Iterator[Course]:
    burst = first_burst(happenings, lifetime.began_ms) if lifetime.name.startswith(MEETS_BURSTS) else None
    if burst is None:
        yield warm
        return
    began, over = ((at_ms - lifetime.began_ms) / 1000 for at_ms in (burst.began_ms, burst.healed_ms))
    yield [point for point in warm if point[0] < began]
    # Until then what it gives back of that, it has given back.
    yield [point for point in warm if point[0] >= over + EDGE_SECONDS]


def _length(course: Course) -> float:
    return course[-1][0] - course[0][0] if course else 0.0


def _begin(course: Course) -> int:
    return round(median(size for at, size in course if at < course[0][0] + EDGE_SECONDS))


def _end(course: Course) -> int:
    return round(median(size for at, size in course if at > course[-1][0] - EDGE_SECONDS))
