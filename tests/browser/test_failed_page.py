"""The dead letters in use: many are moved after a word, in portions, and can be stopped."""

import pytest
from playwright.sync_api import Page, Route, expect

from orderstream.domain.outcomes import Rejected
from orderstream.streams.letters import choose
from orderstream.streams.operating import discard
from tests.browser.conftest import Console, OpenAt, OpenBoard
from tests.browser.stage import Stage

pytestmark = pytest.mark.console


@pytest.fixture(autouse=True)
def _no_letters_of_others(stage: Stage) -> None:
    async def deed(lane: object) -> None:
        while (found := await choose(lane, None, 500)).ids:  # type: ignore[arg-type]
            await discard(lane, found.ids, actor="user:test")  # type: ignore[arg-type]

    stage.act(deed)


def group(page: Page, error: str) -> str:
    return page.locator(f'[data-key="group-{error}"] .n').inner_text()


STOCK = Rejected("StockTimeout", "no answer from stock after 4.0 s")


def test_all_that_failed_with_one_error_are_retried_in_few_steps(open_board: OpenBoard, stage: Stage) -> None:
    """Seven: two keys from the board, one button, a reason, the deed, and the end of it."""
    stage.failed(5, STOCK)
    stage.failed(2)
    board = open_board()
    expect(board.locator(".nav .count[data-status=failed]")).to_have_text("7")
    board.keyboard.press("g")
    board.keyboard.press("d")
    board.get_by_role("button", name="Retry 5…").click()
    dialog = board.get_by_role("dialog", name="Retry 5 dead letters?")
    expect(dialog).to_contain_text("All failed with StockTimeout")
    board.keyboard.type("stock restarted")
    board.keyboard.press("Enter")
    done = board.get_by_role("dialog", name="Done")
    expect(done).to_contain_text("5 sent back")
    expect(done.get_by_text("Why: stock restarted")).to_be_visible()
    board.keyboard.press("Enter")
    expect(board.locator("#preflight")).to_be_hidden()
    expect(board.locator(".cluster")).to_have_count(1)
    expect(board.locator(".nav .count[data-status=failed]")).to_have_text("2")


def test_letters_are_selected_and_discarded_with_the_keyboard(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(3)
    page = open_at("/failed/?view=letters", "operator")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Discard 2 dead letters?")
    expect(dialog).to_contain_text("This cannot be taken back.")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    page.keyboard.press("d")
    dialog.get_by_role("button", name="Discard 2 orders").click()
    done = page.get_by_role("dialog", name="Done")
    expect(done).to_contain_text("2 discarded")
    expect(done.locator("[data-why]")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
    expect(page.get_by_role("toolbar")).to_be_hidden()


def test_all_of_a_page_are_selected_at_once(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(4)
    page = open_at("/failed/?view=letters", "operator")
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_role("toolbar")).to_contain_text("4 selected")
    page.locator("[data-select]").first.uncheck()
    expect(page.get_by_role("toolbar")).to_contain_text("3 selected")
    assert page.locator("[data-select-all]").evaluate("({ indeterminate }) => indeterminate")
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_role("toolbar")).to_be_hidden()


def test_a_thousand_go_in_portions_and_can_be_stopped(open_at: OpenAt, stage: Stage) -> None:
    for _ in range(3):
        stage.failed(400, STOCK)
    page = open_at("/failed/", "operator")
    portions: list[int] = []

    def stop_at_the_second(route: Route) -> None:
        portions.append(len(route.request.post_data_json["orders"]))
        if len(portions) == 2:
            page.get_by_role("button", name="Stop").dispatch_event("click")
        route.continue_()

    page.route("**/api/orders/requeue", stop_at_the_second)
    page.get_by_role("button", name="Retry 1,000…").click()
    page.get_by_role("button", name="Retry 1,200 orders").click()
    expect(page.get_by_role("dialog", name="Stopped")).to_contain_text("400 sent back")
    page.get_by_role("button", name="Close").last.click()
    assert portions == [200, 200]
    expect(page.locator(".cluster .n")).to_have_text("800")
    page.get_by_role("button", name="Retry 800…").click()
    page.locator("#preflight-reason").fill("stock restarted")
    page.get_by_role("button", name="Retry 800 orders").click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("800 sent back", timeout=15_000)
    expect(page.get_by_text("No dead letters: nothing waits for a person.")).to_be_visible()
    activity = open_at("/activity/").locator(".deeds")
    expect(activity.get_by_text("retried 800 dead letters: stock restarted")).to_have_count(1)


def test_of_the_selected_those_that_failed_again_are_left_out(open_at: OpenAt, stage: Stage) -> None:
    twice = stage.failed(2, STOCK)[1]
    stage.failed_again([twice], STOCK)
    page = open_at("/failed/?view=letters", "operator")
    page.get_by_label("Select all on this page").check()
    page.keyboard.press("r")
    dialog = page.locator("#preflight")
    expect(dialog).to_contain_text("1 of the 2 failed again after a retry.")
    page.get_by_label("Leave them out").check()
    expect(dialog.get_by_role("heading")).to_have_text("Retry 1 dead letter?")
    page.get_by_role("button", name="Retry 1 order", exact=True).click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("1 sent back")
    page.keyboard.press("Enter")
    expect(page.locator("[data-rows] > tr")).to_have_count(1)
    expect(page.locator(f"[data-key='{twice}']")).to_be_visible()
    page.locator("[data-select]").check()
    page.keyboard.press("r")
    page.get_by_role("dialog", name="Retry 1 dead letter?").wait_for()
    page.get_by_label("Leave them out").check()
    expect(page.get_by_role("button", name="Retry 0 orders")).to_be_disabled()
    page.get_by_label("Leave them out").uncheck()
    page.get_by_role("button", name="Retry 1 order", exact=True).click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("1 sent back")


def test_of_a_group_those_that_failed_again_are_left_out(open_at: OpenAt, stage: Stage) -> None:
    stage.failed_again(stage.failed(2, STOCK), STOCK)
    stage.failed(3, STOCK)
    page = open_at("/failed/", "operator")
    page.get_by_role("button", name="Retry 5…").click()
    page.get_by_label("Leave them out").check()
    expect(page.locator("#preflight progress")).to_have_attribute("max", "3")
    page.get_by_role("button", name="Retry 3 orders").click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("3 sent back")
    page.keyboard.press("Enter")
    expect(page.locator(".cluster .n")).to_have_text("2")


def test_a_preflight_without_an_answer_says_so_and_keeps_the_selection(
    open_at: OpenAt, stage: Stage, console: Console
) -> None:
    console.expected += ["ERR_FAILED", "status of 503"]
    stage.failed(2, STOCK)
    page = open_at("/failed/?view=letters", "operator")
    page.get_by_label("Select all on this page").check()
    for answer, words in (
        (lambda route: route.abort(), "No answer came. Try again."),
        (lambda route: route.fulfill(status=503), "Redis does not answer. Try again when it is back."),
    ):
        page.route("**/failed/preflight/*", answer)
        page.keyboard.press("r")
        dialog = page.get_by_role("dialog", name="Nothing was moved")
        expect(dialog.get_by_role("alert")).to_have_text(words)
        page.keyboard.press("Escape")
        page.unroute("**/failed/preflight/*")
    expect(page.get_by_role("toolbar")).to_contain_text("2 selected")
    page.keyboard.press("r")
    page.get_by_role("button", name="Retry 2 orders").click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("2 sent back")


def test_whoever_may_no_longer_look_is_told_by_the_page(
    open_at: OpenAt, stage: Stage, console: Console
) -> None:
    console.expected.append("status of 403")
    stage.failed(1, STOCK)
    page = open_at("/failed/", "operator")
    page.route("**/failed/preflight/*", lambda route: route.fulfill(status=403))
    with page.expect_navigation():
        page.get_by_role("button", name="Retry 1…").click()


def test_a_run_that_still_ends_is_shown_before_another_begins(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(2, STOCK)
    stage.failed(1)
    page = open_at("/failed/", "operator")
    held: list[Route] = []
    page.route("**/api/orders/requeue", lambda route: held.append(route))
    page.get_by_role("button", name="Retry 2…").click()
    with page.expect_request("**/api/orders/requeue"):
        page.get_by_role("button", name="Retry 2 orders").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard 1…").click()
    expect(page.get_by_role("dialog", name="Retry 2 dead letters?")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("dialog", name="Stopped")).to_contain_text("2 sent back")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Discard 1…").click()
    page.get_by_role("button", name="Discard 1 order").click()
    expect(page.get_by_role("dialog", name="Done")).to_contain_text("1 discarded")


def test_those_that_somebody_else_moved_are_told(open_at: OpenAt, stage: Stage) -> None:
    ids = stage.failed(3, STOCK)
    page = open_at("/failed/?view=letters", "operator")
    page.get_by_label("Select all on this page").check()
    page.keyboard.press("r")
    page.get_by_role("dialog", name="Retry 3 dead letters?").wait_for()
    stage.act(lambda lane: discard(lane, ids[:1], actor="user:manager"))
    page.get_by_role("button", name="Retry 3 orders").click()
    done = page.get_by_role("dialog", name="Done")
    expect(done).to_contain_text("2 sent back")
    expect(done).to_contain_text("1 no dead letters any more: somebody was faster")
    expect(done.get_by_role("link", name=ids[0])).to_have_attribute("href", f"/orders/{ids[0]}/")


def test_a_lost_answer_is_said_and_what_was_done_before_it(
    open_at: OpenAt, stage: Stage, console: Console
) -> None:
    console.expected.append("ERR_FAILED")
    stage.failed(2, STOCK)
    page = open_at("/failed/", "operator")
    page.route("**/api/orders/discard", lambda route: route.abort())
    page.get_by_role("button", name="Discard 2…").click()
    page.get_by_role("button", name="Discard 2 orders").click()
    failed = page.get_by_role("dialog", name="Not all of them were moved")
    expect(failed).to_contain_text("No answer came")


def test_the_list_does_not_change_under_a_reader(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(2, STOCK)
    page = open_at("/failed/?view=letters", "operator")
    page.locator("[data-rows] > tr").first.hover()
    stage.failed(1, STOCK)
    changed = page.get_by_role("button", name="The list has changed. Show it")
    expect(changed).to_be_visible()
    expect(page.locator("[data-rows] > tr")).to_have_count(2)
    changed.click()
    expect(page.locator("[data-rows] > tr")).to_have_count(3)
    expect(changed).to_be_hidden()


def test_groups_change_by_themselves(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(2, STOCK)
    page = open_at("/failed/")
    page.mouse.move(5, 5)
    stage.failed(1, STOCK)
    expect(page.locator(".cluster .n")).to_have_text("3")
    page.get_by_role("link", name="StockTimeout").click()
    expect(page).to_have_url("/failed/?view=letters&error=StockTimeout")
    expect(page.locator("[data-rows] > tr")).to_have_count(3)


def test_a_viewer_looks_and_moves_nothing(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(2, STOCK)
    page = open_at("/failed/?view=letters", "viewer")
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    expect(page.locator("[data-select]")).to_have_count(0)
    for key in ("j", "x", "r", "d"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
