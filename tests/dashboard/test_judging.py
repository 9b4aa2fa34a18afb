"""Which workers need a look, over the whole table of what may be known of them."""

from dataclasses import replace

import pytest

from dashboard.judging import (
    LATE_SECONDS,
    Concern,
    Observed,
    concern,
    is_slow,
    late_after_seconds,
    others_seconds,
)
from tests.dashboard.fleets import observed, standing


@pytest.mark.parametrize(
    ("worker", "expected"),
    [
        (observed("kobe"), None),
        (observed("kobe", in_hand=0, rate=0.0), None),
        (observed("kobe", state="lost"), "lost"),
        (observed("kobe", state="lost", asked="drain"), "lost"),
        (observed("kobe", state="paused"), "paused"),
        (observed("kobe", asked="pause"), "paused"),
        (observed("kobe", state="draining"), "draining"),
        (observed("kobe", asked="drain"), "draining"),
        (observed("kobe", state="paused", asked="drain"), "draining"),
        (observed("kobe", asked="stop"), "stopping"),
        (observed("kobe", state="draining", asked="stop"), "stopping"),
        (observed("kobe", in_hand=4, late=4, rate=0.0), "stalled"),
        (observed("kobe", in_hand=4, late=4, rate=0.0, state="draining"), "stalled"),
        (observed("kobe", in_hand=4, late=3, rate=0.0), None),
        (observed("kobe", in_hand=4, late=4, rate=0.2), None),
        (observed("kobe", in_hand=4, late=4, rate=None), None),
        (observed("kobe", p95_ms=4_800), "slow"),
        (observed("kobe", p95_ms=4_800, state="draining"), "draining"),
    ],
)
def test_what_each_worker_needs(worker: Observed, expected: Concern | None) -> None:
    fleet = [worker, observed("nara", p95_ms=1_900), observed("osaka", p95_ms=1_800)]
    assert concern(worker, fleet, all_paused=False) == expected


def test_when_everybody_is_paused_it_is_no_news_of_each() -> None:
    worker = observed("kobe", state="paused")
    assert concern(worker, [worker], all_paused=True) is None
    asked = observed("kobe", state="paused", asked="pause")
    assert concern(asked, [asked], all_paused=True) == "paused"


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (4_800, (1_900, 1_800), True),
        (3_700, (1_900, 1_800), False),
        (4_800, (), False),  # nobody to compare with
        (4_800, (None,), False),
        (400, (20, 30), False),  # nobody waits for that
        (600, (20, 30), True),
        (4_800, (1_900, 60_000), False),  # the median of two lies between them
        (4_800, (1_900, 1_800, 60_000), True),
    ],
)
def test_slow_is_what_takes_twice_as_long_as_usual(
    own: int, others: tuple[int | None, ...], expected: bool
) -> None:
    worker = observed("kobe", p95_ms=own)
    fleet = [worker, *(observed(f"other-{n}", p95_ms=ms) for n, ms in enumerate(others))]
    assert is_slow(worker, fleet) is expected


def test_a_lost_worker_is_no_measure_for_others() -> None:
    worker, lost = observed("kobe", p95_ms=4_800), observed("nara", p95_ms=100, state="lost")
    assert others_seconds(worker, [worker, lost]) is None


def test_before_the_last_minute_is_known_the_mean_since_the_start_counts() -> None:
    worker = observed("kobe", completed=8, failed=2, busy_ms=20_000)
    assert worker.seconds_an_order == 2.0
    assert observed("kobe", completed=3, failed=1, busy_ms=20_000).seconds_an_order is None
    assert observed("kobe", completed=8, busy_ms=None).seconds_an_order is None
    assert observed("kobe", completed=8, busy_ms=20_000, p95_ms=700).seconds_an_order == 0.7


@pytest.mark.parametrize(
    ("p95", "limit", "after"), [(1.5, 60.0, 3.0), (0.01, 60.0, LATE_SECONDS), (None, 60.0, 30.0)]
)
def test_from_when_on_an_order_is_late(p95: float | None, limit: float, after: float) -> None:
    assert late_after_seconds(p95, limit) == after


def test_a_worker_knows_its_name_and_whether_it_lives() -> None:
    worker = Observed(replace(standing("kobe"), state="lost"))
    assert (worker.name, worker.is_living) == ("kobe", False)
