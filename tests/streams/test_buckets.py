"""Samples folded into buckets: means, the worst percentile, and gaps that stay gaps."""

import pytest

from orderstream.streams.buckets import BUCKETS_MOST, FIGURES_MOST, STEPS_SECONDS, Buckets, Grid, Values

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
NOW = 1_795_152_368_123


@pytest.mark.parametrize(
    ("span", "step"),
    [(15 * MINUTE, 2), (HOUR, 10), (6 * HOUR, 60), (DAY, 180), (90 * DAY, 14_400), (0, 1), (1, 1)],
)
def test_a_span_is_cut_as_finely_as_the_bound_allows(span: int, step: int) -> None:
    grid = Grid.over(NOW - span, NOW)
    assert grid.step_ms == step * SECOND
    assert grid.count <= BUCKETS_MOST
    assert grid.first_ms % grid.step_ms == 0
    assert grid.first_ms <= NOW - span
    assert NOW < grid.end_ms <= NOW + grid.step_ms
    assert len(grid.at) == grid.count


@pytest.mark.parametrize("span", [s * SECOND * factor for s in STEPS_SECONDS for factor in (599, 600, 601)])
def test_no_span_has_too_many_buckets(span: int) -> None:
    for offset in range(0, 7 * SECOND, 997):
        assert Grid.over(NOW - offset - span, NOW - offset).count <= BUCKETS_MOST


def test_a_coarser_step_is_taken_as_asked_and_a_finer_one_is_not() -> None:
    assert Grid.over(NOW - HOUR, NOW, 77 * SECOND).step_ms == 77 * SECOND
    assert Grid.over(NOW - HOUR, NOW, SECOND).step_ms == 10 * SECOND


def columns(buckets: Buckets) -> dict[str, Values]:
    return {name: buckets.column(name) for name in buckets.names}


@pytest.fixture
def buckets() -> Buckets:
    return Buckets(Grid(0, 10 * SECOND, 4))


def test_a_figure_is_the_mean_of_its_bucket(buckets: Buckets) -> None:
    for at, lag in [(0, 1.0), (9_999, 2.0), (10_000, 7.0)]:
        buckets.add(at, [("lag", lag)])
    assert columns(buckets) == {"lag": [1.5, 7, None, None]}


def test_a_percentile_is_the_worst_of_its_bucket(buckets: Buckets) -> None:
    for at, value in [(20_000, 1.0), (21_000, 4.0), (22_000, 2.5)]:
        buckets.add(at, [("processing_p99", value), ("waiting_p50", value)])
    assert columns(buckets) == {
        "processing_p99": [None, None, 4, None],
        "waiting_p50": [None, None, 4, None],
    }


def test_each_figure_counts_only_where_it_was_measured(buckets: Buckets) -> None:
    buckets.add(0, [("lag", 4.0)])
    buckets.add(1_000, [("in_hand", 3.0)])
    buckets.add(30_000, [("in_hand", 0.0)])
    assert columns(buckets) == {"lag": [4, None, None, None], "in_hand": [3, None, None, 0]}


def test_what_lies_outside_is_left_out(buckets: Buckets) -> None:
    for at in (-1, 40_000):
        buckets.add(at, [("lag", 1.0)])
    assert columns(buckets) == {}


def test_names_without_end_are_not_kept(buckets: Buckets) -> None:
    buckets.add(0, ((f"worker:w-{n}", 1.0) for n in range(FIGURES_MOST + 9)))
    buckets.add(1, [("worker:w-1", 3.0)])
    assert len(buckets.names) == FIGURES_MOST
    assert buckets.column("worker:w-1") == [2, None, None, None]
