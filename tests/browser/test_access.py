"""Who sees what: a viewer has no place button and is refused, and whoever is signed out is shown out."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Console, OpenBoard, sign_in
from tests.browser.installation import PASSWORD, Installation


def test_signing_in_leads_back_to_where_one_wanted_to(
    new_context: Callable[..., BrowserContext], console: Console
) -> None:
    page = new_context().new_page()
    console.listen(page)
    sign_in(page, "operator", "/place/")
    expect(page).to_have_url("/place/")


def test_a_wrong_password_is_said_and_the_name_stays(
    new_context: Callable[..., BrowserContext], console: Console
) -> None:
    page = new_context().new_page()
    console.listen(page)
    page.goto("/")
    page.get_by_label("User name").fill("operator")
    page.get_by_label("Password").fill(PASSWORD + "x")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Name and password do not match.")
    expect(page.get_by_label("User name")).to_have_value("operator")


def test_a_viewer_cannot_place_an_order(open_board: OpenBoard, console: Console) -> None:
    console.expected.append("status of 403")
    board = open_board("viewer")
    expect(board.get_by_role("link", name="Place an order")).to_have_count(0)
    board.keyboard.press("n")
    expect(board.get_by_role("dialog")).to_have_count(0)
    status = board.evaluate(
        """async () => (await fetch("/api/orders", {
            method: "POST",
            headers: {
                "Content-Type": "application/json",
                "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
            },
            body: JSON.stringify({customer_id: "a", product_id: "b", quantity: 1, price: "1"}),
        })).status"""
    )
    assert status == 403
    board.goto("/place/")
    expect(board.get_by_role("heading", name="You may look, but not place orders")).to_be_visible()


def test_somebody_without_rights_is_told_which_and_who_has_it(
    new_context: Callable[..., BrowserContext], console: Console
) -> None:
    console.expected.append("status of 403")
    page = new_context().new_page()
    console.listen(page)
    sign_in(page, "nobody")
    expect(page.get_by_role("heading", name="You may not look at the orders")).to_be_visible()
    expect(page.get_by_text("orderstream.read_orders")).to_be_visible()
    expect(page.get_by_text("Viewer Mori")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_other(
    new_context: Callable[..., BrowserContext], console: Console
) -> None:
    context = new_context()
    watching = context.new_page()
    console.listen(watching)
    sign_in(watching, "manager")
    watching.locator("feed-badge[data-feed=live]").wait_for()
    leaving = context.new_page()
    leaving.goto("/")
    leaving.get_by_role("button", name="Sign out").click()
    expect(watching.get_by_role("button", name="Sign in")).to_be_visible(timeout=5_000)


def test_an_unknown_address_says_so(
    installation: Installation, open_board: OpenBoard, console: Console
) -> None:
    console.expected.append("status of 404")
    board = open_board()
    board.goto("/nothing-here/")
    expect(board.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
