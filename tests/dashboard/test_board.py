"""The view of the newest orders, without any server."""

import pytest

from dashboard.board import Board
from dashboard.cursors import START, Cursor
from dashboard.rows import ShownOrder
from orderstream.domain.events import Event, EventType
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import StoredOrder, stored_order

SIZE = 3


def placed(number: int, at: int) -> Event:
    fields = {"customer_id": f"C-{number}", "product_id": "P", "quantity": "2", "price": "1.25"}
    return Event(f"{at}-0", EventType.PLACED, f"{number}-0", 1, "", "pending", at, "user:ann", fields)


def started(number: int, version: int, at: int) -> Event:
    fields = {"attempt": "1", "fence": "7", "deadline": "99"}
    return Event(
        f"{at}-0",
        EventType.STARTED,
        f"{number}-0",
        version,
        "pending",
        "processing",
        at,
        "worker:bob",
        fields,
    )


def stored(number: int, version: int = 1, status: OrderStatus = OrderStatus.PENDING) -> ShownOrder:
    entry = {"customer_id": f"C-{number}", "product_id": "P", "quantity": "2", "price": "1.25"}
    order: StoredOrder = stored_order(
        f"{number}-0", entry, {"status": status, "version": str(version), "created_at": "0.001"}
    )
    return ShownOrder.stored(order)


@pytest.fixture
def board() -> Board:
    """Orders 1 to 3, read at cursor 10."""
    board = Board(SIZE)
    board.renew(Cursor(10, 0), 3, [stored(number) for number in (1, 2, 3)])
    return board


def ids(board: Board) -> list[str]:
    return [row.id for row in board.rows()]


def test_newer_orders_push_the_oldest_out(board: Board) -> None:
    board.fold(placed(11, 11))
    assert ids(board) == ["11-0", "3-0", "2-0"]


def test_ids_are_ordered_as_numbers(board: Board) -> None:
    board.fold(placed(100, 11))
    board.fold(placed(20, 12))
    assert ids(board) == ["100-0", "20-0", "3-0"]


def test_a_row_never_goes_back_in_version(board: Board) -> None:
    board.renew(Cursor(20, 0), 3, [stored(1), stored(2), stored(3, 5, OrderStatus.COMPLETED)])
    assert board.fold(started(3, 2, 21))
    assert board.rows()[0].status == "completed"


def test_an_event_read_twice_changes_nothing(board: Board) -> None:
    board.fold(started(3, 2, 11))
    rows, arrived = board.rows(), board.arrived
    board.fold(placed(99, 11))
    assert (board.rows(), board.arrived, board.cursor) == (rows, arrived, Cursor(11, 0))


def test_a_missing_version_asks_for_the_rows_to_be_read(board: Board) -> None:
    assert board.fold(started(3, 2, 11))
    assert not board.fold(started(3, 4, 12))


def test_changes_since_a_cursor_are_the_rows_touched_after_it(board: Board) -> None:
    board.fold(started(1, 2, 11))
    board.fold(placed(12, 12))
    board.fold(started(2, 2, 13))
    changes = board.changes_since(Cursor(11, 0), 3)
    assert changes is not None
    assert [row.id for row in changes.orders] == ["12-0", "2-0"]
    assert changes.left_out == 0


def test_orders_that_came_and_went_in_between_are_counted(board: Board) -> None:
    for number in range(11, 18):
        board.fold(placed(number, number))
    changes = board.changes_since(Cursor(10, 0), 3)
    assert changes is not None
    assert (len(changes.orders), changes.left_out) == (SIZE, 4)


def test_without_a_count_nothing_is_told_once_all_rows_are_new(board: Board) -> None:
    board.fold(placed(11, 11))
    assert board.changes_since(Cursor(10, 0), None) is not None
    board.fold(placed(12, 12))
    board.fold(placed(13, 13))
    assert board.changes_since(Cursor(10, 0), None) is None


@pytest.mark.parametrize("cursor", [START, Cursor(9, 0), Cursor(99, 0)])
def test_nothing_is_told_of_before_the_base_or_after_the_end(board: Board, cursor: Cursor) -> None:
    assert board.changes_since(cursor, 3) is None


def test_reading_anew_marks_only_what_changed(board: Board) -> None:
    board.renew(Cursor(20, 0), 4, [stored(4), stored(3, 2, OrderStatus.PROCESSING), stored(2)])
    changes = board.changes_since(Cursor(10, 0), 3)
    assert changes is not None
    assert [row.id for row in changes.orders] == ["4-0", "3-0"]
    assert (changes.left_out, board.epoch) == (0, 1)


@pytest.mark.parametrize(
    ("cursor", "orders"),
    [
        (Cursor(9, 0), [stored(1), stored(2), stored(3)]),
        (Cursor(11, 0), [stored(1), stored(2), stored(3, 0)]),
        (Cursor(11, 0), [stored(1), stored(3)]),
        (Cursor(11, 0), []),
    ],
    ids=["an earlier end", "an earlier version", "an order gone", "all gone"],
)
def test_a_truth_that_went_back_begins_a_new_epoch(
    board: Board, cursor: Cursor, orders: list[ShownOrder]
) -> None:
    board.renew(cursor, len(orders), orders)
    assert (board.epoch, board.base, board.cursor) == (2, cursor, cursor)
    assert len(board.rows()) == len(orders)


def test_an_entry_arrives_when_it_is_adopted_and_is_left_out_of_nothing(board: Board) -> None:
    board.renew(Cursor(11, 0), 3, [stored(4, 0), stored(3), stored(2)])
    seen, arrived = board.cursor, board.arrived
    adopted = Event("12-0", EventType.ADOPTED, "4-0", 1, "", "pending", 12, "worker:bob", {})
    assert not board.fold(adopted), "the entry may say more, so that rows are read anew"
    board.renew(Cursor(12, 0), 4, [stored(4), stored(3), stored(2)])
    changes = board.changes_since(seen, arrived)
    assert changes is not None
    assert ([row.id for row in changes.orders], changes.left_out) == (["4-0"], 0)


def test_memory_reaches_back_as_far_as_the_log_was_read(board: Board) -> None:
    board.extend_back(Cursor(5, 0), [placed(3, 6), started(2, 1, 8)])
    changes = board.changes_since(Cursor(6, 0), None)
    assert changes is not None
    assert [row.id for row in changes.orders] == ["2-0"]
    assert board.changes_since(Cursor(4, 0), None) is None


@pytest.mark.parametrize("price", ["1e999", "9e999999", "1e-999999", "NaN", "sNaN", "x"])
def test_an_amount_that_cannot_be_shown_is_missing(price: str) -> None:
    row = stored_order("1-0", {"quantity": "3", "price": price}, {})
    assert ShownOrder.stored(row).row.amount is None


def test_a_row_shows_no_error_and_no_due_time_that_are_outlived() -> None:
    row = stored_order(
        "1-0",
        {"quantity": "x", "price": "1e999", "customer_id": "\udcff"},
        {"status": "processing", "version": "4", "error": "Unreachable", "next_attempt_at": "5.000"},
    )
    shown = ShownOrder.stored(row).row
    assert (shown.error, shown.next_attempt_at, shown.quantity, shown.amount) == (None, None, None, None)
    assert shown.customer_id == "?"
