"""What counts as growth: not what a process needs to become warm, nor what a first burst leaves behind."""

from collections.abc import Callable

import pytest

from tests.chaos.facts import Happening, Lifetime
from tests.chaos.growth import growth

BEGAN_MS = 5_000
STORM = Happening("storm", BEGAN_MS + 400_000, BEGAN_MS + 430_000)
EARLIER = Happening("storm", BEGAN_MS - 90_000, BEGAN_MS - 60_000)


def lifetime(seconds: int, size: Callable[[int], float]) -> Lifetime:
    return Lifetime("web-1", BEGAN_MS, [(float(at), round(size(at))) for at in range(0, seconds, 2)])


def leaking_from(begin: int) -> Callable[[int], float]:
    """A byte a second from then on."""
    return lambda at: 100 + max(0, at - begin)


@pytest.mark.parametrize("others", [[], [EARLIER], [Happening("kill web", 0, 9)]])
def test_growth_is_from_when_it_was_warm(others: list[Happening]) -> None:
    assert growth(lifetime(600, lambda at: min(at, 60)), others) == (60, 60)
    assert growth(lifetime(600, leaking_from(0)), others) == (205 - 1, 685 - 1)


def test_what_a_first_burst_leaves_behind_is_no_growth_and_a_leak_is_on_either_side() -> None:
    later = Happening("storm", BEGAN_MS + 600_000, BEGAN_MS + 630_000)
    assert growth(lifetime(900, lambda at: 100 + 50 * (at >= 400)), [later, STORM]) == (100, 100)
    # What each leaves behind is one.
    assert growth(lifetime(900, lambda at: 100 + 50 * (at >= 400) + 50 * (at >= 600)), [STORM, later]) == (
        150,
        200,
    )
    assert growth(lifetime(900, leaking_from(460)), [STORM]) == (100 + 14, 100 + 438 - 14)
    assert growth(lifetime(600, lambda at: 100 + min(at, 400)), [STORM]) == (204, 484)


def test_a_short_stretch_says_nothing() -> None:
    assert growth(lifetime(260, leaking_from(0)), []) is None
    assert (
        growth(lifetime(600, leaking_from(430)), [Happening("storm", BEGAN_MS, BEGAN_MS + 420_000)]) is None
    )
    assert growth(Lifetime("web-1", BEGAN_MS, []), [STORM]) is None
