"""The list of the newest orders: what arrives does not push under a reader."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.pages import a_customer, place, row_of


def test_new_orders_wait_while_the_pointer_is_in_the_list(open_board: OpenBoard) -> None:
    board, other = open_board("viewer"), open_board()
    before, after = a_customer(), a_customer()
    place(other, before)
    row = row_of(board, before)
    # The first order of all puts figures where the three ways to begin stood; rows are painted sooner.
    expect(board.locator("[data-when=empty]")).to_be_hidden()
    row.hover()
    stood = row.bounding_box()
    place(other, after)
    bar = board.get_by_role("button", name="1 new order. Show it")
    expect(bar).to_be_visible()
    expect(row_of(board, after)).to_have_count(0)
    assert row.bounding_box() == stood
    bar.click()
    expect(row_of(board, after)).to_be_visible()


def test_rows_are_held_and_released_by_a_key(open_board: OpenBoard) -> None:
    board, other, first, customer = open_board("viewer"), open_board(), a_customer(), a_customer()
    place(other, first)
    expect(row_of(board, first)).to_be_visible()
    board.keyboard.press(".")
    expect(board.get_by_role("button", name="Rows are held. Go on")).to_be_visible()
    place(other, customer)
    expect(board.get_by_role("button", name="1 new order. Show it")).to_be_visible()
    board.keyboard.press(".")
    expect(row_of(board, customer)).to_be_visible()
