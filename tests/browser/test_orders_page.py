"""The list of orders in use: rows change in place, new ones wait for a reader, and one is found by its id."""

import pytest
from playwright.sync_api import Page, expect

from orderstream.domain.outcomes import Completed
from tests.browser.conftest import OpenAt, OpenBoard
from tests.browser.pages import a_customer, place
from tests.browser.stage import Stage

pytestmark = pytest.mark.console


def rows(page: Page) -> list[str]:
    return page.locator("[data-rows] > tr").evaluate_all("rows => rows.map(({ dataset }) => dataset.key)")


def bar(page: Page) -> str:
    return page.locator(".fresh-bar").inner_text()


def test_new_orders_stand_on_top_by_themselves(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(3)
    page = open_at("/orders/")
    page.mouse.move(5, 5)
    [order_id] = stage.placed()
    expect(page.locator("[data-rows] > tr").first).to_have_attribute("data-key", order_id)
    assert len(rows(page)) == len(set(rows(page)))


def test_new_orders_do_not_push_under_the_pointer(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(3)
    page = open_at("/orders/", viewport={"width": 1280, "height": 900})
    page.locator("[data-rows] > tr").first.hover()
    before = rows(page)
    newest = stage.placed(3)[-1]
    expect(page.get_by_role("button", name="3 new orders. Show them")).to_be_visible()
    assert rows(page) == before
    page.get_by_role("button", name="3 new orders. Show them").click()
    expect(page.locator("[data-rows] > tr").first).to_have_attribute("data-key", newest)
    expect(page.locator(".fresh-bar")).to_be_hidden()


def test_rows_change_in_place_under_the_pointer(open_at: OpenAt, stage: Stage) -> None:
    customer = a_customer()
    fences = stage.processing("kobe-1", customer_id=customer)
    page = open_at("/orders/")
    row = page.locator("[data-rows] > tr", has_text=customer)
    row.hover()
    expect(row.locator(".status")).to_have_text("processing")
    stage.ended("kobe-1", fences, Completed())
    expect(row.locator(".status")).to_have_text("completed")


def test_a_row_that_does_not_match_any_more_keeps_its_place(open_at: OpenAt, stage: Stage) -> None:
    customer = a_customer()
    fences = stage.processing("kobe-1", 2, customer_id=customer)
    page = open_at("/orders/?status=processing")
    matching = page.locator("[data-rows] > tr", has_text=customer)
    expect(matching).to_have_count(2)
    matching.first.hover()
    stage.ended("kobe-1", fences, Completed())
    expect(matching.locator(".status[data-status=completed]")).to_have_count(2)


def test_the_filter_stands_in_the_address(open_at: OpenAt, open_board: OpenBoard, stage: Stage) -> None:
    customer = a_customer()
    stage.failed(customer_id=customer)
    page = open_at("/orders/")
    page.get_by_role("link", name="failed", exact=True).click()
    page.get_by_role("link", name="cancelled", exact=True).click()
    expect(page).to_have_url("/orders/?status=failed&status=cancelled")
    expect(page.locator("[data-rows] > tr", has_text=customer)).to_be_visible()
    page.get_by_role("link", name="24 h").click()
    assert "status=failed" in page.url
    assert "since=20" in page.url
    shared = open_board("viewer")
    shared.goto(page.url)
    expect(shared.locator("[data-rows] > tr", has_text=customer)).to_be_visible()
    shared.get_by_role("link", name="Clear").click()
    expect(shared).to_have_url("/orders/")


def test_an_order_is_found_and_opened_with_the_keyboard(open_at: OpenAt, stage: Stage) -> None:
    first, second, third = stage.placed(3)
    page = open_at("/orders/")
    page.keyboard.press("/")
    page.keyboard.type(f"…{second[8:]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{second}/")
    page.go_back()
    page.locator("feed-badge[data-feed=live]").wait_for()
    page.keyboard.press("j")
    expect(page.locator(f'[id="row-{third}"]')).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f'[id="row-{first}"]')).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/orders/{second}/")


def test_pages_are_turned_and_keep_still(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(60)
    page = open_at("/orders/")
    page.get_by_role("link", name="Older").click()
    page.locator("feed-badge[data-feed=live]").wait_for()
    before = rows(page)
    [order_id] = stage.placed()
    # It has been heard here: the feed's badge and this list are told in the same breath.
    heard = open_at("/orders/")
    expect(heard.locator("[data-rows] > tr").first).to_have_attribute("data-key", order_id)
    assert rows(page) == before
    expect(page.locator(".fresh-bar")).to_be_hidden()
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("[data-rows] > tr")).to_have_count(50)


def test_an_order_placed_from_here_is_seen_wherever_the_pointer_is(open_at: OpenAt, stage: Stage) -> None:
    customer = a_customer()
    stage.placed(2)
    page = open_at("/orders/", "operator")
    page.locator("[data-rows] > tr").first.hover()
    place(page, customer)
    expect(page.locator("[data-rows] > tr", has_text=customer)).to_be_visible()


def test_rows_are_held_on_demand(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(1)
    page = open_at("/orders/")
    page.mouse.move(5, 5)
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Rows are held. Go on")).to_be_visible()
    [order_id] = stage.placed()
    expect(page.get_by_role("button", name="1 new order. Show it")).to_be_visible()
    page.keyboard.press(".")
    expect(page.locator("[data-rows] > tr").first).to_have_attribute("data-key", order_id)


def test_the_boards_rows_lead_to_the_order(open_board: OpenBoard, stage: Stage) -> None:
    board, customer = open_board(), a_customer()
    [order_id] = stage.placed(customer_id=customer)
    board.locator("order-rows tr", has_text=customer).get_by_role("link").click()
    board.wait_for_url(f"**/orders/{order_id}/")


def test_ages_are_renewed_together(open_at: OpenAt, stage: Stage) -> None:
    """Each at a moment of its own, they would have the page laid out sixty times a second."""
    stage.placed(60)
    page = open_at("/orders/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def layouts() -> int:
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return int(next(each["value"] for each in metrics if each["name"] == "LayoutCount"))

    page.wait_for_timeout(500)
    before, seconds = layouts(), 3
    page.wait_for_timeout(1000 * seconds)
    # Four times a second for the ages, and now and then for what arrives.
    assert seconds <= layouts() - before <= 8 * seconds
