"""What a person does on the board, in the tests' words."""

import uuid

from playwright.sync_api import Locator, Page


def a_customer() -> str:
    """A name of its own, so that a test finds its orders among those of others."""
    return f"c-{uuid.uuid4().hex[:10]}"


def open_drawer(page: Page) -> Locator:
    page.get_by_role("link", name="Place an order").first.click()
    drawer = page.get_by_role("dialog", name="Place an order")
    drawer.wait_for()
    return drawer


def fill(drawer: Locator, customer: str, quantity: str = "2", price: str = "4.15") -> None:
    drawer.get_by_label("Customer").fill(customer)
    drawer.get_by_label("Product").fill("85123A")
    drawer.get_by_label("Quantity").fill(quantity)
    drawer.get_by_label("Price").fill(price)


def place(page: Page, customer: str) -> None:
    drawer = open_drawer(page)
    fill(drawer, customer)
    drawer.get_by_role("button", name="Place order").click()
    drawer.get_by_text("Placed as order").wait_for()
    page.keyboard.press("Escape")


def row_of(page: Page, customer: str) -> Locator:
    return page.locator("order-rows tbody[data-rows] tr", has_text=customer)


def status_of(page: Page, customer: str, status: str) -> Locator:
    return row_of(page, customer).locator(f".status[data-status={status}]")


def worker_row(page: Page, name: str) -> Locator:
    return page.locator("worker-rows tbody[data-rows] tr", has_text=name)
