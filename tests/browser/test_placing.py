"""The drawer "Place an order": what is wrong stands under its field, and sending twice makes one order."""

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Console, OpenBoard
from tests.browser.pages import a_customer, fill, open_drawer, place, row_of


def test_what_is_wrong_stands_under_its_field(open_board: OpenBoard, console: Console) -> None:
    console.expected.append("status of 422")
    board, customer = open_board(), a_customer()
    drawer = open_drawer(board)
    fill(drawer, customer, quantity="12000", price="")
    drawer.get_by_role("button", name="Place order").click()
    expect(drawer.locator("#quantity-wrong")).to_have_text(
        "Quantity is 1 to 10,000. For more, place two orders."
    )
    expect(drawer.locator("#price-wrong")).to_have_text("Required.")
    expect(drawer.get_by_label("Quantity")).to_be_focused()
    expect(drawer.get_by_label("Quantity")).to_have_attribute("aria-invalid", "true")
    drawer.get_by_label("Quantity").fill("12")
    expect(drawer.locator("#quantity-wrong")).to_be_hidden()
    expect(row_of(board, customer)).to_have_count(0)


def test_a_double_click_makes_one_order(open_board: OpenBoard) -> None:
    board, customer = open_board(), a_customer()
    drawer = open_drawer(board)
    fill(drawer, customer)
    drawer.get_by_role("button", name="Place order").dblclick()
    drawer.get_by_text("Placed as order").wait_for()
    expect(row_of(board, customer)).to_have_count(1)


def test_the_form_on_its_own_leaves_no_trace_in_the_address_of_the_board(open_board: OpenBoard) -> None:
    board, customer = open_board(), a_customer()
    board.goto("/place/")
    fill(board.locator("form[data-api]"), customer)
    board.get_by_role("button", name="Place order").click()
    expect(row_of(board, customer)).to_have_count(1)
    expect(board).to_have_url("/")


def test_an_order_sent_again_after_a_lost_answer_is_one_order(
    open_board: OpenBoard, console: Console
) -> None:
    console.expected.append("ERR_FAILED")
    board, customer = open_board(), a_customer()
    drawer = open_drawer(board)
    fill(drawer, customer)
    lose_the_next_answer(board)
    drawer.get_by_role("button", name="Place order").click()
    expect(drawer.get_by_role("status")).to_have_text(
        "No answer came. Send it again: it will still be one order."
    )
    drawer.get_by_role("button", name="Place order").click()
    drawer.get_by_text("Placed as order").wait_for()
    expect(row_of(board, customer)).to_have_count(1)


def lose_the_next_answer(page: Page) -> None:
    """The server gets the request and answers; the browser never hears of it."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/orders", lose, times=1)


def test_the_same_order_filled_in_anew_is_another_order(open_board: OpenBoard) -> None:
    board, customer = open_board(), a_customer()
    place(board, customer)
    place(board, customer)
    expect(row_of(board, customer)).to_have_count(2)


def test_a_placed_order_is_marked_among_the_others(open_board: OpenBoard) -> None:
    board, customer = open_board(), a_customer()
    place(board, customer)
    expect(row_of(board, customer)).to_have_class("just")


def test_the_drawer_shows_the_same_over_the_api(open_board: OpenBoard) -> None:
    drawer = open_drawer(open_board())
    fill(drawer, "O'Hara", quantity="3")
    line = drawer.locator("[data-curl]")
    expect(line).to_contain_text("/api/orders")
    expect(line).to_contain_text(r"""O'\''Hara""")
    expect(line).to_contain_text('"quantity": 3')
    expect(line).to_contain_text(re.compile(r"Idempotency-Key: [0-9a-f]{20}"))


def test_ids_of_any_script_and_64_characters_fit(open_board: OpenBoard) -> None:
    board = open_board()
    for customer in (
        "株" * 60 + a_customer()[-4:],
        "ك" * 60 + a_customer()[-4:],
        "W" * 60 + a_customer()[-4:],
    ):
        place(board, customer)
        expect(row_of(board, customer)).to_be_visible()
        assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")
