"""Redis is killed for 20 s while five people work: nothing that they press is lost or done twice."""

import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Console, OpenAt, OpenBoard
from tests.browser.installation import Installation
from tests.browser.pages import a_customer, fill, open_drawer, place, row_of
from tests.waiting import wait_until_now

pytestmark = pytest.mark.console

OUTAGE_SECONDS = 20
BACK_MS = 30_000
PATIENCE_MS = 15_000


def order_of(board: Page, customer: str) -> str:
    return str(row_of(board, customer).get_attribute("data-key"))


def ask_to_cancel(page: Page) -> Locator:
    page.get_by_role("button", name="Cancel…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("wrong colour")
    dialog.locator("button[data-do]").click()
    return dialog


def done(installation: Installation, kind: str, **wanted: str) -> int:
    """How many events of this kind say that."""
    return sum(
        fields["type"] == kind and all(fields.get(name) == value for name, value in wanted.items())
        for fields in installation.events()
    )


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_an_outage_of_redis_loses_and_doubles_nothing_of_what_five_people_do(
    open_board: OpenBoard, open_at: OpenAt, installation: Installation, console: Console
) -> None:
    console.expected += ["status of 503", "Status Error Code 503"]
    board, new, kept = open_board(), a_customer(), a_customer()
    place(board, kept)
    expect(row_of(board, kept)).to_be_visible()
    order_id = order_of(board, kept)
    cancelling = open_at(f"/orders/{order_id}/")
    noting = open_at(f"/orders/{order_id}/")
    pausing, watching = open_at("/workers/"), open_at("/stream/")
    pages = (board, cancelling, noting, pausing, watching)
    expect(cancelling.get_by_role("button", name="Cancel…")).to_be_visible()
    expect(pausing.get_by_role("button", name="Pause all…")).to_be_visible()

    installation.stop_redis()
    gone_at = time.monotonic()
    try:
        for page in pages:
            expect(page.locator("feed-band")).to_contain_text("Redis does not answer.", timeout=PATIENCE_MS)
        drawer = open_drawer(board)
        fill(drawer, new)
        drawer.get_by_role("button", name="Place order").click()
        expect(drawer.locator(".form-note")).to_contain_text("Redis does not answer", timeout=PATIENCE_MS)
        refused = ask_to_cancel(cancelling)
        expect(refused.get_by_role("alert")).to_contain_text("Redis does not answer", timeout=PATIENCE_MS)
        noting.locator("#note").fill("asked the customer")
        noting.get_by_role("button", name="Add note").click()
        expect(noting.locator("#note-form-wrong")).to_contain_text(
            "Redis does not answer", timeout=PATIENCE_MS
        )
        pausing.get_by_role("button", name="Pause all…").click()
        pausing.get_by_role("dialog").get_by_role("button", name="Pause all").click()
        expect(pausing.get_by_role("dialog").get_by_role("alert")).to_contain_text(
            "Redis", timeout=PATIENCE_MS
        )
        wait_until_now(lambda: time.monotonic() - gone_at > OUTAGE_SECONDS, OUTAGE_SECONDS + 5)
    finally:
        installation.start_redis()

    for page in pages:
        expect(page.locator("feed-badge")).to_have_attribute("data-feed", "live", timeout=BACK_MS)
    # What was pressed stands where it was: the same button sends it again.
    drawer.get_by_role("button", name="Place order").click()
    expect(drawer.locator(".form-note")).to_contain_text("Placed as order", timeout=PATIENCE_MS)
    refused.locator("button[data-do]").click()
    expect(cancelling.locator(".status.big")).to_have_attribute(
        "data-status", "cancelled", timeout=PATIENCE_MS
    )
    noting.get_by_role("button", name="Add note").click()
    expect(noting.locator(".said", has_text="asked the customer")).to_be_visible(timeout=PATIENCE_MS)
    pausing.get_by_role("dialog").locator("button[data-do]").click()
    expect(pausing.get_by_role("button", name="Go on")).to_be_visible(timeout=PATIENCE_MS)
    pausing.get_by_role("button", name="Go on").click()
    expect(pausing.get_by_role("button", name="Pause all…")).to_be_visible(timeout=PATIENCE_MS)

    assert done(installation, "order.placed", customer_id=new) == 1
    assert done(installation, "order.cancelled", order_id=order_id) == 1
    assert done(installation, "order.noted", order_id=order_id) == 1
