"""One order's page in use: why it is late, what is done to it, and that it goes on under a reader's hands."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from orderstream.domain.outcomes import Completed
from orderstream.streams.controlling import pause, resume
from orderstream.streams.operating import note
from tests.browser.conftest import Console, OpenAt, OpenBoard
from tests.browser.pages import a_customer, row_of
from tests.browser.stage import LATER, Stage

pytestmark = pytest.mark.console

OpenOrder = Callable[..., Page]


@pytest.fixture
def open_order(open_at: OpenAt) -> OpenOrder:
    def open_page(order_id: str, name: str = "operator") -> Page:
        return open_at(f"/orders/{order_id}/", name)

    return open_page


def status(page: Page, word: str) -> None:
    expect(page.locator(".status.big")).to_have_text(word)


def test_why_an_order_is_late_is_one_click_from_the_board(open_board: OpenBoard, stage: Stage) -> None:
    board, customer = open_board(), a_customer()
    fences = stage.processing("osaka-2", customer_id=customer)
    stage.ended("osaka-2", fences, LATER)
    row_of(board, customer).get_by_role("link").click()
    expect(board.locator("#order .sentence")).to_have_text("Late, because attempt 1 ended in StockTimeout.")
    expect(board.locator(".way")).to_contain_text("no answer from stock after 4.0 s")
    expect(board.locator(".facts")).to_contain_text(customer)


def test_a_lost_worker_is_told_although_nothing_happens_to_the_order(
    open_order: OpenOrder, stage: Stage
) -> None:
    [order_id] = stage.processing("kobe-1")
    page = open_order(order_id)
    sentence = page.locator("#order .sentence")
    expect(sentence).to_have_text("At work on kobe-1.")
    stage.alive("kobe-1", lease_ms=1)
    expect(sentence).to_have_text("Late, because kobe-1 was lost with it in hand.")


def test_a_pause_and_its_end_are_told_although_nothing_happens_to_the_order(
    open_order: OpenOrder, stage: Stage
) -> None:
    stage.alive("kobe-1")
    [order_id] = stage.placed()
    page = open_order(order_id)
    sentence = page.locator("#order .sentence")
    expect(sentence).to_have_text("Is next in line; 1 worker is at work.")
    stage.act(pause)
    expect(sentence).to_have_text("Paused. It is the next in line.")
    stage.act(resume)
    expect(sentence).to_have_text("Is next in line; 1 worker is at work.")


def test_the_page_goes_on_while_its_text_is_selected(open_order: OpenOrder, stage: Stage) -> None:
    fences = stage.processing("kobe-1", reference="W-2026-118842")
    [order_id] = fences
    page = open_order(order_id)
    status(page, "processing")
    page.evaluate(
        """() => getSelection().selectAllChildren(
            [...document.querySelectorAll(".facts dd")].find((dd) => dd.textContent === "W-2026-118842"))"""
    )
    stage.ended("kobe-1", fences, Completed())
    status(page, "completed")
    expect(page.locator(".way")).to_contain_text("Completed by attempt 1 on kobe-1")
    assert page.evaluate("getSelection().toString()") == "W-2026-118842"


def test_what_is_selected_waits_and_comes_when_it_is_let_go(open_order: OpenOrder, stage: Stage) -> None:
    fences = stage.processing("kobe-1")
    [order_id] = fences
    page = open_order(order_id)
    sentence = page.locator("#order .sentence")
    expect(sentence).to_have_text("At work on kobe-1.")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#order .sentence'))")
    stage.ended("kobe-1", fences, Completed())
    status(page, "completed")
    expect(sentence).to_have_text("At work on kobe-1.")
    assert page.evaluate("getSelection().toString()") == "At work on kobe-1."
    page.evaluate("getSelection().removeAllRanges()")
    expect(sentence).to_contain_text("Completed in")


def test_a_note_is_written_with_the_keyboard_and_what_is_typed_stays(
    open_order: OpenOrder, stage: Stage
) -> None:
    [order_id] = stage.placed()
    page = open_order(order_id)
    page.keyboard.press("n")
    page.keyboard.type("stock is ")
    stage.act(lambda lane: note(lane, order_id, "from elsewhere", actor="user:manager"))
    expect(page.locator(".way")).to_contain_text("Manager Mori noted")
    page.keyboard.type("called")
    page.keyboard.press("Enter")
    expect(page.locator(".way .said").last).to_have_text("stock is called")
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator(".tabs").first).to_contain_text("Notes 2")


def test_an_order_is_cancelled_with_the_keyboard_and_says_why(open_order: OpenOrder, stage: Stage) -> None:
    [order_id] = stage.placed()
    page = open_order(order_id)
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name=f"Cancel order …{order_id[8:]}?")
    expect(dialog).to_be_visible()
    page.keyboard.type("customer rang")
    page.keyboard.press("Enter")
    status(page, "cancelled")
    expect(dialog).to_be_hidden()
    expect(page.locator(".lead .more")).to_contain_text("“customer rang”")
    expect(page.get_by_role("button", name="Cancel…")).to_have_count(0)


def test_a_dead_letter_is_retried_and_another_discarded(open_order: OpenOrder, stage: Stage) -> None:
    first, second = stage.failed(2)
    page = open_order(first)
    page.keyboard.press("r")
    page.keyboard.type("fixed")
    page.keyboard.press("Enter")
    status(page, "pending")
    expect(page.locator(".way")).to_contain_text("Retried by Operator Mori; round 2 begins")
    page.goto(f"/orders/{second}/")
    page.get_by_role("button", name="Discard…").click()
    page.get_by_role("button", name="Discard the order").click()
    status(page, "cancelled")
    expect(page.locator(".sentence")).to_have_text("Discarded by Operator Mori.")


def test_a_refusal_is_told_in_the_dialog(open_order: OpenOrder, stage: Stage, console: Console) -> None:
    console.expected.append("status of 409")
    fences = stage.processing("kobe-1")
    [order_id] = fences
    page = open_order(order_id)
    page.keyboard.press("c")
    stage.ended("kobe-1", fences, Completed())
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("alert").filter(has_text="This order is completed")).to_be_visible()
    page.keyboard.press("Escape")
    status(page, "completed")


def test_an_order_is_placed_again_and_each_names_the_other(open_order: OpenOrder, stage: Stage) -> None:
    customer = a_customer()
    [order_id] = stage.placed(customer_id=customer, note="Leave at the door")
    page = open_order(order_id)
    page.get_by_role("link", name="Place again…").click()
    drawer = page.get_by_role("dialog", name="Place again")
    expect(drawer.get_by_label("Customer")).to_have_value(customer)
    expect(drawer.get_by_label("Note")).to_have_value("Leave at the door")
    drawer.get_by_label("Quantity").fill("7")
    drawer.get_by_role("button", name="Place order").click()
    drawer.get_by_text("Placed as order").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(".way .said")).to_contain_text("Placed again as")
    page.locator(".way .said a").click()
    expect(page.locator(".way .said a")).to_have_text(order_id)
    expect(page.locator(".facts")).to_contain_text("7 × 4.15")


def test_what_is_noted_of_an_order_placed_again_is_in_one_language(
    open_order: OpenOrder, stage: Stage
) -> None:
    [order_id] = stage.placed()
    page = open_order(order_id)
    catalog = "globalThis.django = { gettext: (text) => `~${text}`, ngettext: (one, many) => `~${many}` };"
    page.route("**/words.js", lambda route: route.fulfill(body=catalog, content_type="text/javascript"))
    page.reload()
    page.locator("feed-badge[data-feed=live]").wait_for()
    page.get_by_role("link", name="Place again…").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.locator(".way .said")).to_have_text(re.compile(r"^Placed again as \d+-\d+$"))


def test_what_redis_holds_is_a_tab_away(open_order: OpenOrder, stage: Stage) -> None:
    [order_id] = stage.placed()
    page = open_order(order_id)
    held = page.locator(".held")
    expect(held).to_contain_text("HGETALL browser-tests:order:status:")
    page.get_by_role("link", name="Entry").click()
    expect(held).to_contain_text(f"XRANGE browser-tests:orders:stream {order_id} {order_id}")
    expect(page).to_have_url(f"/orders/{order_id}/?holds=entry")
    expect(page.get_by_role("link", name="Entry")).to_be_focused()
    page.get_by_role("link", name="Notes").click()
    expect(page.get_by_text("Nobody has noted anything yet.")).to_be_visible()
    expect(held).to_contain_text("XRANGE")
    page.reload()
    expect(held).to_contain_text(f"XRANGE browser-tests:orders:stream {order_id} {order_id}")


def test_an_id_and_a_command_are_copied(open_order: OpenOrder, stage: Stage) -> None:
    [order_id] = stage.placed()
    page = open_order(order_id)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the id").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == order_id
    page.get_by_role("button", name="Copy the command").click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == f"HGETALL browser-tests:order:status:{order_id}"


def test_a_viewer_reads_and_has_no_buttons(open_order: OpenOrder, stage: Stage) -> None:
    [order_id] = stage.failed()
    page = open_order(order_id, "viewer")
    status(page, "failed")
    for name in ("Retry…", "Discard…", "Add note"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    for key in "rcdn":
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_from_order_to_order_with_j_and_k(open_order: OpenOrder, stage: Stage) -> None:
    first, second = stage.placed(2)
    page = open_order(second)
    page.keyboard.press("j")
    page.wait_for_url(f"**/orders/{first}/")
    page.locator("feed-badge[data-feed=live]").wait_for()
    page.keyboard.press("k")
    page.wait_for_url(f"**/orders/{second}/")


def test_without_scripts_it_can_be_read_and_placed_again(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    stage: Stage,
) -> None:
    customer = a_customer()
    [order_id] = stage.placed(customer_id=customer)
    context = new_context(java_script_enabled=False)
    context.add_cookies(sessions("operator"))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"/orders/{order_id}/")
    status(page, "pending")
    expect(page.get_by_role("button", name="Cancel…")).to_have_count(0)
    page.get_by_role("link", name="Place again…").click()
    expect(page.get_by_label("Customer")).to_have_value(customer)
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url(lambda url: "/orders/" in url)
    expect(page.locator(".way .said a")).to_have_text(order_id)
