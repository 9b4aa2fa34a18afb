"""A dashboard's view: it follows the protocol, and tells when it was made to go back."""

from typing import Any

from tests.chaos.views import SHOWN, STATUSES, Truth, View


def row(order_id: str, version: int, status: str = "pending") -> dict[str, Any]:
    return {"id": order_id, "version": version, "status": status}


def message(kind: str, cursor: str, *rows: dict[str, Any], **totals: int) -> dict[str, Any]:
    counts = dict.fromkeys(STATUSES, 0) | totals
    placed = totals.get("placed", sum(counts.values()))
    figures = {"totals": counts | {"placed": placed, "adopted": 0}, "lag": 0, "in_hand": 0, "waiting": 0}
    return {"type": kind, "cursor": cursor, "at": 1, "orders": rows, "figures": figures}


def test_a_frame_of_an_earlier_cursor_is_ignored_and_an_equal_one_applied() -> None:
    view = View()
    view.apply(message("snapshot", "10-0", row("9-0", 2)))
    view.apply(message("frame", "9-5", row("9-0", 3, "completed")))
    assert view.rows == {"9-0": (2, "pending")}
    view.apply(message("frame", "10-0", row("9-0", 3, "completed")))
    assert view.rows == {"9-0": (3, "completed")}


def test_a_row_of_an_earlier_version_in_a_frame_changes_nothing() -> None:
    view = View()
    view.apply(message("snapshot", "1-0", row("9-0", 3, "completed")))
    view.apply(message("frame", "2-0", row("9-0", 2, "processing")))
    assert view.rows == {"9-0": (3, "completed")}
    assert view.backwards == []


def test_a_snapshot_that_takes_a_row_back_is_told() -> None:
    view = View()
    view.apply(message("snapshot", "1-0", row("9-0", 3, "completed")))
    view.apply(message("snapshot", "2-0", row("9-0", 2, "processing")))
    assert view.backwards == ["9-0 from version 3 to 2"]


def test_a_snapshot_of_a_web_process_without_redis_takes_nothing_back() -> None:
    view = View()
    view.apply(message("snapshot", "5-0", row("9-0", 3, "completed")))
    old = message("snapshot", "4-0", row("9-0", 2, "processing"))
    view.apply(old | {"figures": {"totals": None, "redis": "away"}})
    assert view.rows == {"9-0": (3, "completed")}
    assert view.cursor == "5-0"
    assert view.backwards == []


def test_the_greatest_ids_stay_and_ids_compare_as_numbers() -> None:
    view = View()
    view.apply(message("snapshot", "1-0", *(row(f"{n}-0", 1) for n in range(90, 90 + SHOWN))))
    view.apply(message("frame", "2-0", row("1000-0", 1)))
    assert len(view.rows) == SHOWN
    assert "90-0" not in view.rows
    assert "1000-0" in view.rows


def test_figures_that_do_not_add_up_are_told() -> None:
    view = View()
    view.apply(message("snapshot", "1-0", completed=3, placed=4))
    assert view.unbalanced == ["at 1-0: 4 came, 3 are there"]


def test_a_view_shows_the_truth_when_rows_and_totals_are_equal() -> None:
    hashes = {f"{n}-0": {"version": "2", "status": "completed"} for n in range(1, SHOWN + 2)}
    truth = Truth.of(hashes, {"completed": SHOWN + 1})
    assert "1-0" not in truth.rows
    view = View()
    rows = [row(order_id, 2, "completed") for order_id in truth.rows]
    view.apply(message("snapshot", "1-0", *rows, completed=SHOWN))
    assert not view.shows(truth)
    view.apply(message("frame", "1-0", completed=SHOWN + 1))
    assert view.shows(truth)
    assert not view.shows(Truth.of(hashes, {"completed": SHOWN + 1}, lag=None))
    view.apply(message("frame", "1-0") | {"figures": None})
    assert view.shows(truth)
    view.apply(message("frame", "2-0", row("51-0", 3, "failed"), completed=SHOWN + 1))
    assert not view.shows(truth)
