"""A worker's own percentiles: of the last minute, right within a bucket, bounded."""

import pytest

from workers.recent import RecentTimes


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def times(clock: Clock) -> RecentTimes:
    return RecentTimes(clock)


def test_nothing_has_no_percentile(times: RecentTimes) -> None:
    assert times.percentile_ms(0.95) is None


@pytest.mark.parametrize("took_ms", [0, 1, 9, 10, 11, 79, 80, 81, 1_000, 1_001, 4_700, 60_000, 99_999_999])
def test_one_length_is_its_own_percentile_within_a_bucket(times: RecentTimes, took_ms: int) -> None:
    for _ in range(100):
        times.add(took_ms)
    p95 = times.percentile_ms(0.95)
    assert p95 is not None
    assert abs(p95 - min(took_ms, 10_000_000)) <= max(1, 0.27 * took_ms)


def test_the_slowest_twentieth_is_beyond_the_p95(times: RecentTimes) -> None:
    for _ in range(96):
        times.add(100)
    for _ in range(4):
        times.add(5_000)
    assert times.percentile_ms(0.95) == pytest.approx(100, rel=0.1)
    assert times.percentile_ms(0.99) == pytest.approx(5_000, rel=0.2)


def test_what_is_older_than_a_minute_does_not_count(times: RecentTimes, clock: Clock) -> None:
    times.add(5_000)
    clock.now += 30
    times.add(100)
    assert times.percentile_ms(0.99) == pytest.approx(5_000, rel=0.2)
    clock.now += 31
    assert times.percentile_ms(0.99) == pytest.approx(100, rel=0.1)
    clock.now += 600
    assert times.percentile_ms(0.99) is None
