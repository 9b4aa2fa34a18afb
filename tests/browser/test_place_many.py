"""The dialog "Place many": this tab places made-up orders at a rate, each batch once, until it is stopped."""

import json

import pytest
from playwright.sync_api import Page, Request, Route, expect

from orderstream.domain.drafts import draft_from
from orderstream.imports import made_up
from tests.browser.conftest import Console, OpenBoard
from tests.browser.fitting import misfits
from tests.browser.installation import Installation
from tests.browser.looks import THEMES, faults, serious
from tests.browser.test_modules import Run, context, run  # noqa: F401 # fixtures

pytestmark = pytest.mark.console


def placed(installation: Installation) -> int:
    return int(installation.totals().get("n_placed", 0))


def start(page: Page, count: str, rate: str) -> None:
    page.get_by_role("button", name="Place many…").first.click()
    dialog = page.get_by_role("dialog", name="Place many")
    dialog.get_by_label("How many").fill(count)
    dialog.get_by_label("A second").fill(rate)
    dialog.get_by_role("button", name="Start").click()


def test_as_many_as_asked_are_placed_and_counted(open_board: OpenBoard, installation: Installation) -> None:
    before, page = placed(installation), open_board()
    start(page, "300", "400")
    expect(page.get_by_role("status").filter(has_text="300 orders placed in")).to_be_visible(timeout=20_000)
    assert placed(installation) == before + 300


def test_the_rate_is_kept(open_board: OpenBoard, installation: Installation) -> None:
    page, asked = open_board(), []
    page.on("request", lambda request: asked.append(size_of(request)))
    page.evaluate("window.began = performance.now()")
    start(page, "40", "20")
    expect(page.get_by_role("status").filter(has_text="40 orders placed in")).to_be_visible(timeout=20_000)
    assert page.evaluate("performance.now() - window.began") >= 1_900
    assert sum(asked) == 40
    assert len([size for size in asked if size]) >= 5


def size_of(request: Request) -> int:
    return len(json.loads(request.post_data or "{}").get("orders", [])) if "batch" in request.url else 0


def test_it_goes_on_while_the_dialog_is_closed_and_stops_when_told(
    open_board: OpenBoard, installation: Installation
) -> None:
    before, page = placed(installation), open_board()
    start(page, "10000", "50")
    page.keyboard.press("Escape")
    opener = page.locator("[data-place-many]")
    expect(opener).to_contain_text("of 10,000…")
    opener.click()
    page.get_by_role("button", name="Stop").click()
    note = page.get_by_role("status").filter(has_text="Stopped:")
    expect(note).to_be_visible()
    said = int(note.inner_text().split("Stopped: ")[1].split(" of ")[0].replace(",", ""))
    assert placed(installation) == before + said
    expect(opener).to_have_text("Place many…")


def test_a_reload_stops_it_and_says_how_many_were_placed(
    open_board: OpenBoard, installation: Installation
) -> None:
    before, page = placed(installation), open_board()
    start(page, "10000", "100")
    expect(page.get_by_role("status").filter(has_text="of 10,000 placed.")).to_be_visible()
    page.reload()
    dialog = page.get_by_role("dialog", name="Place many")
    note = dialog.get_by_role("status")
    expect(note).to_contain_text("The page was loaded again, which stopped it:")
    said = int(note.inner_text().split("it: ")[1].split(" of ")[0].replace(",", ""))
    # A batch may have been on its way when the page went.
    assert before + said <= placed(installation) <= before + said + 500


def test_a_lost_answer_places_nothing_twice(
    open_board: OpenBoard, installation: Installation, console: Console
) -> None:
    console.expected.append("ERR_FAILED")
    before, page = placed(installation), open_board()
    lost = []

    def lose(route: Route) -> None:
        route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        route.abort()

    page.route("**/api/orders/batch", lose, times=2)
    start(page, "50", "1000")
    expect(page.get_by_role("status").filter(has_text="50 orders placed in")).to_be_visible(timeout=20_000)
    assert lost[0] == lost[1]
    assert placed(installation) == before + 50


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_it_is_told(open_board: OpenBoard, console: Console, status: int) -> None:
    console.expected.append(f"status of {status}")
    page = open_board()
    busy = json.dumps({"status": status, "detail": "Too many orders are waiting."})
    page.route(
        "**/api/orders/batch",
        lambda route: route.fulfill(
            status=status, body=busy, content_type="application/problem+json", headers={"Retry-After": "1"}
        ),
        times=1,
    )
    start(page, "5", "1000")
    note = page.get_by_role("dialog", name="Place many").get_by_role("status")
    expect(note).to_have_text("0 of 5 placed. It waits: Too many orders are waiting.")
    expect(note).to_contain_text("5 orders placed in", timeout=20_000)


def test_what_is_refused_for_good_ends_it(open_board: OpenBoard, console: Console) -> None:
    console.expected.append("status of 403")
    page = open_board()
    page.route(
        "**/api/orders/batch",
        lambda route: route.fulfill(
            status=403, body='{"detail": "No right."}', content_type="application/problem+json"
        ),
    )
    start(page, "5", "1000")
    note = page.get_by_role("dialog", name="Place many").get_by_role("status")
    expect(note).to_have_text("No right. It ended with 0 of 5 placed.")
    expect(page.get_by_role("button", name="Start")).to_be_visible()


WRONG = (
    ("0", "20", "count"),
    ("5", "1001", "rate"),
    ("100001", "20", "count"),
    ("5", "", "rate"),
    ("x", "20", "count"),
)


def test_what_is_wrong_stands_under_its_field(open_board: OpenBoard, installation: Installation) -> None:
    before, page = placed(installation), open_board()
    for count, rate, field in WRONG:
        asked = f"{count!r} at {rate!r} a second"
        start(page, count, rate)
        fault = page.locator(f"#{field}-wrong")
        # Its words stay when it is hidden.
        expect(fault, asked).to_be_visible()
        expect(fault, asked).to_contain_text("A whole number from 1 to")
        expect(page.locator(f"#many-{field}"), asked).to_be_focused()
        assert placed(installation) == before, asked
        page.keyboard.press("Escape")


def test_a_viewer_is_not_offered_it(open_board: OpenBoard) -> None:
    expect(open_board("viewer").get_by_role("button", name="Place many…")).to_have_count(0)


def test_the_order_form_leads_there(open_board: OpenBoard) -> None:
    page = open_board()
    page.get_by_role("link", name="Place an order").first.click()
    page.get_by_role("dialog", name="Place an order").get_by_role("button", name="Place many…").click()
    expect(page.get_by_role("dialog", name="Place many")).to_be_visible()
    expect(page.get_by_label("How many")).to_be_focused()


def test_made_up_orders_are_as_those_of_the_command(run: Run) -> None:  # noqa: F811 # the fixture
    assert run("made-up: m.PRODUCTS") == list(made_up.PRODUCTS)
    orders = run("made-up: Array.from({ length: 300 }, () => m.madeUpOrder())")
    drafts = [draft_from(order) for order in orders]
    theirs = list(made_up.drafts(3_000, 1))
    for field in ("product_id", "quantity", "note"):
        assert {getattr(draft, field) for draft in drafts} <= {getattr(draft, field) for draft in theirs}
    assert all(draft.customer_id[0] == "C" and len(draft.customer_id) == 5 for draft in drafts)
    assert all(0.5 <= draft.price < 100 for draft in drafts)
    edge = (
        "(() => { const last = () => 1 - 2 ** -53; return [m.madeUpOrder(() => 0), m.madeUpOrder(last)]; })()"
    )
    lowest, highest = run(f"made-up: {edge}")
    assert (lowest["customer_id"], lowest["quantity"], lowest["price"]) == ("C0000", 1, "0.50")
    assert (highest["customer_id"], highest["quantity"], highest["price"]) == ("C0999", 12, "99.99")


def test_the_dialog_fits_and_has_no_serious_finding(open_board: OpenBoard) -> None:
    page = open_board()
    page.evaluate("document.getElementById('place-many').showModal()")
    assert faults(page, misfits, serious, widths=(360, 1280), themes=THEMES) == []
