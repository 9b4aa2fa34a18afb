"""All of it with the keyboard alone, and single letters that can be switched off."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenBoard
from tests.browser.pages import a_customer, row_of


def test_an_order_is_placed_with_the_keyboard_alone(open_board: OpenBoard) -> None:
    board, customer = open_board(), a_customer()
    keys = board.keyboard
    keys.press("n")
    expect(board.get_by_label("Customer")).to_be_focused()
    for text in (customer, "85123A", "2", "4.15"):
        keys.type(text)
        keys.press("Tab")
    keys.type("n.?")
    expect(board.get_by_label("Note")).to_have_value("n.?")
    keys.press("Control+Enter")
    board.get_by_text("Placed as order").wait_for()
    keys.press("Escape")
    expect(board.get_by_role("dialog")).to_have_count(0)
    expect(row_of(board, customer)).to_be_visible()


def test_the_focus_comes_back_to_what_opened_the_drawer(open_board: OpenBoard) -> None:
    board = open_board()
    opener = board.get_by_role("link", name="Place an order").first
    opener.focus()
    board.keyboard.press("Enter")
    expect(board.get_by_label("Customer")).to_be_focused()
    board.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_single_letters_can_be_switched_off(open_board: OpenBoard) -> None:
    board = open_board()
    board.keyboard.press("?")
    board.get_by_role("dialog", name="Keys").get_by_role("checkbox").uncheck()
    board.keyboard.press("Escape")
    board.keyboard.press("n")
    expect(board.get_by_role("dialog")).to_have_count(0)
    board.reload()
    board.locator("feed-badge[data-feed=live]").wait_for()
    board.keyboard.press("?")
    expect(board.get_by_role("dialog")).to_have_count(0)
