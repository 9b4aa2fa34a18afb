"""What is growth: not what it takes to become warm, nor what a web process keeps of its first burst."""

from collections.abc import Callable

import pytest

from tests.chaos.facts import Happening, Lifetime
from tests.chaos.growth import growth

BEGAN_MS = 5_000
EDGE = 14
"""A median of half a minute lies so many seconds within."""


def storm(began: int, over: int) -> Happening:
    """In seconds of the life."""
    return Happening("storm", BEGAN_MS + began * 1000, BEGAN_MS + over * 1000)


STORM, LATER, EARLIER = storm(400, 430), storm(600, 630), storm(-90, -60)


def lifetime(seconds: int, size: Callable[[int], float], name: str = "web-1") -> Lifetime:
    return Lifetime(name, BEGAN_MS, [(float(at), round(size(at))) for at in range(0, seconds, 2)])


def leaking_from(begin: int) -> Callable[[int], float]:
    """A byte a second from then on."""
    return lambda at: 100 + max(0, at - begin)


@pytest.mark.parametrize("others", [[], [EARLIER], [Happening("kill web", 0, BEGAN_MS + 9)]])
def test_growth_is_from_when_it_was_warm(others: list[Happening]) -> None:
    assert growth(lifetime(600, lambda at: min(at, 60)), others) == (60, 60)
    assert growth(lifetime(600, leaking_from(0)), others) == (190 + EDGE, 698 - EDGE)


def test_what_the_first_burst_leaves_behind_is_no_growth() -> None:
    assert growth(lifetime(900, lambda at: 100 + 50 * (at >= 402)), [LATER, STORM]) == (100, 100)
    # What each leaves behind is one.
    each = lifetime(900, lambda at: 100 + 50 * (at >= 402) + 50 * (at >= 602))
    assert growth(each, [STORM, LATER]) == (100, 150)
    # Others than web processes meet none.
    assert growth(lifetime(900, lambda at: 100 + 50 * (at >= 402), "keeper-1"), [STORM]) == (100, 150)


def test_a_leak_is_growth_on_both_sides_of_a_burst() -> None:
    warm = 190 + EDGE
    before, after = (498 - EDGE) - warm, (998 - EDGE) - (560 + EDGE)
    assert growth(lifetime(900, leaking_from(0)), [STORM]) == (warm, warm + before + after)
    assert growth(lifetime(900, leaking_from(500)), [STORM]) == (100, 498 - EDGE)


@pytest.mark.parametrize(
    ("happenings", "seconds"),
    [([], 260), ([storm(80, 300)], 500), ([storm(140, 320)], 520), ([storm(0, 420)], 620)],
)
def test_too_short_a_life_says_nothing(happenings: list[Happening], seconds: int) -> None:
    assert growth(lifetime(seconds, leaking_from(0)), happenings) is None
    assert growth(lifetime(seconds + 60, leaking_from(0)), happenings) is not None
    assert growth(Lifetime("web-1", BEGAN_MS, []), happenings) is None
