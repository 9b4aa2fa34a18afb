"""Without JavaScript: the board says how it stood, and an order can be placed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Console
from tests.browser.fitting import misfits
from tests.browser.pages import a_customer, fill

pytestmark = pytest.mark.console


def still_page(
    new_context: Callable[..., BrowserContext], sessions: Callable[[str], list[dict[str, object]]], name: str
) -> Page:
    context = new_context(java_script_enabled=False)
    context.add_cookies(sessions(name))  # type: ignore[arg-type]
    return context.new_page()


def test_an_order_is_placed_and_seen(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    console: Console,
) -> None:
    page, customer = still_page(new_context, sessions, "operator"), a_customer()
    console.listen(page)
    page.goto("/")
    page.get_by_role("link", name="Place an order").first.click()
    fill(page.locator("form[data-api]"), customer)
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/?placed=*")
    expect(page.locator("order-rows tr", has_text=customer)).to_be_visible()
    expect(page.locator("feed-badge")).to_contain_text("As it was")


def test_a_double_click_makes_one_order(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
) -> None:
    page, customer = still_page(new_context, sessions, "operator"), a_customer()
    page.goto("/place/")
    fill(page.locator("form[data-api]"), customer)
    page.get_by_role("button", name="Place order").dblclick()
    page.wait_for_url("**/?placed=*")
    expect(page.locator("order-rows tr", has_text=customer)).to_have_count(1)


def test_what_is_wrong_stands_under_its_field(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
) -> None:
    page = still_page(new_context, sessions, "operator")
    page.goto("/place/")
    fill(page.locator("form[data-api]"), a_customer(), quantity="0", price="x")
    page.get_by_role("button", name="Place order").click()
    expect(page.locator("#quantity-wrong")).to_contain_text("1 to 10,000")
    expect(page.locator("#price-wrong")).to_contain_text("Must be a number")
    expect(page.get_by_label("Quantity")).to_have_value("0")


def test_each_page_is_reached_where_the_side_has_no_room(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    console: Console,
) -> None:
    page = still_page(new_context, sessions, "manager")
    console.listen(page)
    # A phone, and a screen of 1280 px at 400 %.
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        for name, path in {"Stream": "/stream/", "Activity": "/activity/", "Settings": "/admin/"}.items():
            page.goto("/")
            page.get_by_role("link", name="More").click()
            assert misfits(page) == [], (width, name)
            page.get_by_role("link", name=name, exact=True).click()
            expect(page, f"{width} px").to_have_url(path)
        page.goto("/more/")
        expect(page.get_by_role("link", name="API", exact=True), f"{width} px").to_be_visible()
