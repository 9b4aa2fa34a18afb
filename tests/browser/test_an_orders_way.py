"""One order's way as a person sees it: placed, processed, completed, and taken over when its worker dies."""

import signal

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBoard
from tests.browser.installation import Installation
from tests.browser.pages import a_customer, place, row_of, status_of, worker_row
from tests.waiting import wait_until_now


def test_an_order_is_seen_on_its_way_without_reloading(
    open_board: OpenBoard, installation: Installation
) -> None:
    board, customer = open_board(), a_customer()
    board.evaluate("window.isTheSamePage = true")
    place(board, customer)
    expect(status_of(board, customer, "pending")).to_be_visible()
    with installation.worker("passing", seconds=1.5):
        expect(status_of(board, customer, "processing")).to_be_visible(timeout=60_000)
        expect(status_of(board, customer, "completed")).to_be_visible(timeout=10_000)
    assert board.evaluate("window.isTheSamePage")


def test_an_order_placed_in_one_browser_shows_in_another(open_board: OpenBoard) -> None:
    here, there, customer = open_board(), open_board("viewer"), a_customer()
    place(here, customer)
    expect(row_of(there, customer)).to_be_visible()
    expect(row_of(there, customer).locator("[data-cell=amount]")).to_have_text("8.30")


def test_the_order_of_a_killed_worker_is_completed_by_another(
    open_board: OpenBoard, installation: Installation
) -> None:
    board, customer = open_board(), a_customer()
    with installation.worker("doomed", seconds=30) as doomed:
        expect(worker_row(board, "doomed")).to_be_visible(timeout=10_000)
        place(board, customer)
        expect(status_of(board, customer, "processing")).to_be_visible()
        doomed.send_signal(signal.SIGKILL)
        with installation.worker("heir"):
            lost = worker_row(board, "doomed").locator(".status[data-status=lost]")
            expect(lost).to_be_visible(timeout=20_000)
            expect(status_of(board, customer, "completed")).to_be_visible(timeout=20_000)


def test_figures_on_the_page_are_those_of_the_server(
    open_board: OpenBoard, installation: Installation
) -> None:
    board, customer = open_board(), a_customer()
    with installation.worker("counting"):
        place(board, customer)
        expect(status_of(board, customer, "completed")).to_be_visible(timeout=10_000)
        wait_until_now(lambda: shown(board) == counted(installation), timeout=20)


COUNTED = {
    "placed": "n_placed",
    "waiting": "pending",
    "processing": "processing",
    "completed": "completed",
    "failed": "failed",
}


def shown(board: Page) -> dict[str, str]:
    return {name: board.locator(f"[data-figure={name}]").inner_text() for name in [*COUNTED, "lag"]}


def counted(installation: Installation) -> dict[str, str]:
    totals = installation.totals()
    return {name: f"{int(totals.get(field, 0)):,}" for name, field in COUNTED.items()} | {"lag": "0"}
