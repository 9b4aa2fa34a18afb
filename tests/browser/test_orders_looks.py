"""The pages of orders at every width in light and dark: no page wider than its screen, axe content."""

import pytest
from playwright.sync_api import Page, expect

from orderstream.domain.outcomes import Rejected
from orderstream.streams.operating import note
from tests.browser.conftest import Console, OpenAt
from tests.browser.fitting import misfits
from tests.browser.looks import THEMES, faults, serious
from tests.browser.stage import LATER, Stage

pytestmark = pytest.mark.console

LONG = "顧客" * 32
EVIL = '<script>alert("no")</script>'


@pytest.fixture
def order_id(stage: Stage) -> str:
    """One with all that a page has to bear: long and strange words, an error, notes."""
    fences = stage.processing(
        "osaka-2", customer_id=LONG, product_id=EVIL, note=f"\u202e{EVIL}\u202c\n{'x' * 400}"
    )
    [order_id] = stage.ended("osaka-2", fences, LATER)
    stage.act(lambda lane: note(lane, order_id, "y" * 500, actor="user:manager"))
    return order_id


@pytest.fixture
def _letters(stage: Stage) -> None:
    stage.failed(
        2, Rejected("ConnectionResetError", "[Errno 104] " + "while reading " * 40), customer_id=LONG
    )
    stage.failed(1, Rejected("WorkerLost"))


def looks_well(page: Page) -> None:
    found = faults(page, misfits, themes=THEMES)
    found += faults(page, serious, widths=(360, 1280), themes=THEMES)
    assert found == []


def test_an_order(open_at: OpenAt, order_id: str) -> None:
    page = open_at(f"/orders/{order_id}/", "operator")
    expect(page.locator(".way")).to_contain_text("StockTimeout")
    looks_well(page)
    page.keyboard.press("c")
    page.get_by_role("dialog").wait_for()
    looks_well(page)


def test_the_list_of_orders(open_at: OpenAt, order_id: str) -> None:
    page = open_at("/orders/?status=retrying&since=2020-01-01", "operator")
    expect(page.locator("[data-rows] > tr").first).to_be_visible()
    looks_well(page)


@pytest.mark.usefixtures("_letters")
@pytest.mark.parametrize("path", ["/failed/", "/failed/?view=letters"])
def test_the_dead_letters(open_at: OpenAt, path: str) -> None:
    page = open_at(path, "operator")
    expect(page.locator("[data-rows]").first).to_be_visible()
    looks_well(page)
    if "letters" in path:
        page.locator("[data-select]").first.check()
        page.get_by_role("toolbar").wait_for()
        looks_well(page)
    page.get_by_role("button", name="Retry all").click()
    page.locator("#preflight[open]").wait_for()
    looks_well(page)


def test_an_order_that_is_none(open_at: OpenAt, console: Console) -> None:
    console.expected.append("status of 404")
    page = open_at("/orders/", "viewer")
    page.goto("/orders/1-1/")
    expect(page.get_by_role("heading", name="There is no order with this id")).to_be_visible()
    looks_well(page)
