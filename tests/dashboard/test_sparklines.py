"""Curves on one scale, with gaps where nothing was measured."""

from dashboard.sparklines import area, line, scale_of


def test_the_largest_value_of_all_stands_at_the_top() -> None:
    columns = [[1.0, 2.0, None], [4.0, None, 0.0]]
    assert scale_of(columns) == 4.0
    assert line(columns[1], 4.0).startswith("M0.0 1.0")
    assert line([0.0, 2.0, 4.0], 4.0) == "M0.0 27.0L50.0 14.0L100.0 1.0"


def test_a_gap_breaks_the_line_and_is_never_zero() -> None:
    drawn = line([1.0, 1.0, None, 1.0, 1.0], 1.0)
    assert drawn.count("M") == 2
    assert "27.0" not in drawn
    assert area([1.0, 1.0, None, 1.0, 1.0], 1.0).count("Z") == 2


def test_nothing_known_draws_nothing_and_one_point_a_stroke() -> None:
    assert line([None, None], 1.0) == area((), 1.0) == ""
    assert line([None, 1.0, None], 1.0) == "M50.0 1.0h0.5"


def test_where_nobody_completed_anything_the_line_lies_on_the_ground() -> None:
    assert line([0.0, 0.0], scale_of([[0.0, 0.0]])) == "M0.0 27.0L100.0 27.0"
