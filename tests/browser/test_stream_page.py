"""The stream page in a browser: it moves by itself, stands still for a reader, and finds any place."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAt
from tests.browser.fitting import misfits
from tests.browser.installation import Installation
from tests.browser.looks import THEMES, faults, serious
from tests.browser.stage import Stage

pytestmark = pytest.mark.console


def newest_event(page: Page) -> str:
    return str(page.locator("#entries-events tbody tr").first.get_attribute("data-key"))


def test_what_happens_is_seen_without_reloading(
    open_at: OpenAt, installation: Installation, stage: Stage
) -> None:
    stage.placed(1)
    page = open_at("/stream/")
    page.evaluate("window.isTheSamePage = true")
    before = newest_event(page)
    with installation.worker("writing", seconds=0.1):
        stage.placed(2)
        expect(page.locator("#entries-events tbody tr").first).not_to_have_attribute("data-key", before)
        expect(page.locator("#stream-pending")).to_contain_text("writing-", timeout=30_000)
    assert page.evaluate("window.isTheSamePage")


def test_the_tail_stands_still_while_it_is_held_and_goes_on(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(1)
    # So high that the tail beside it need not be scrolled into, which would hold it too.
    page = open_at("/stream/", viewport={"width": 1280, "height": 4_000})
    tail = page.get_by_role("region", name=re.compile("orders:events$"))
    tail.get_by_role("button", name="Pause").click()
    held = newest_event(page)
    page.mouse.move(1, 1)
    stage.placed(1)
    expect(page.locator("#entries-orders tbody tr").first).not_to_have_attribute("data-key", held)
    # The part beside it has moved on by now.
    placed = str(page.locator("#entries-orders tbody tr").first.get_attribute("data-key"))
    assert newest_event(page) == held != placed
    tail.get_by_role("button", name="Go on").click()
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#entries-events tbody tr").first).not_to_have_attribute("data-key", held)


def test_the_tail_stands_still_under_the_pointer(open_at: OpenAt, stage: Stage) -> None:
    # Above the events stand ten orders; fewer would grow, and push the events from under the pointer.
    stage.placed(12)
    page = open_at("/stream/", viewport={"width": 1280, "height": 4_000})
    page.locator("#entries-events tbody tr").first.hover()
    held = newest_event(page)
    first = page.locator("#entries-orders tbody tr").first
    before = str(first.get_attribute("data-key"))
    stage.placed(1)
    expect(first).not_to_have_attribute("data-key", before)
    assert newest_event(page) == held
    page.mouse.move(1, 1)
    expect(page.locator("#entries-events tbody tr").first).not_to_have_attribute("data-key", held)


def test_the_key_holds_and_lets_go(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(1)
    page = open_at("/stream/?name=events")
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_place_is_found_with_the_keyboard_and_paged(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(70)
    page = open_at("/stream/")
    wanted = str(page.locator("#entries-orders tbody tr").nth(5).get_attribute("data-key"))
    page.keyboard.press("/")
    expect(page.get_by_label("Find")).to_be_focused()
    page.keyboard.type(wanted)
    page.keyboard.press("Enter")
    page.wait_for_url("**find=*")
    expect(page.locator("#entries-orders tbody tr").first).to_have_attribute("data-key", wanted)
    page.locator("#entries-orders").get_by_role("link", name="Older").click()
    page.wait_for_url("**before=*")
    expect(page.locator("#entries-orders tbody tr").first).not_to_have_attribute("data-key", wanted)
    page.locator("#entries-orders").get_by_role("link", name="Newer").click()
    page.wait_for_url("**after=*")
    expect(page.locator("#entries-orders tbody tr").first).to_have_attribute("data-key", wanted)
    page.get_by_role("link", name="Back to the newest").click()
    expect(page.get_by_role("button", name="Pause").first).to_be_visible()


def test_a_time_is_that_of_the_viewers_zone(open_at: OpenAt, stage: Stage) -> None:
    stage.placed(1)
    page = open_at("/stream/", timezone_id="Asia/Tokyo")
    shown = page.locator("#entries-orders tbody tr").first.locator("clock-time").inner_text()
    page.get_by_label("Find").fill(shown.split(".")[0])
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**find=*")
    expect(page.locator("#entries-orders tbody tr").first.locator("clock-time")).to_have_text(shown)


def test_what_is_no_place_stands_under_its_field(open_at: OpenAt) -> None:
    page = open_at("/stream/?find=noon")
    expect(page.get_by_role("alert").filter(has_text="Use an id")).to_be_visible()
    expect(page.get_by_label("Find")).to_have_value("noon")


@pytest.mark.parametrize("path", ["/stream/", "/stream/?name=events&find=noon", "/activity/"])
def test_the_pages_fit_and_have_no_serious_finding(open_at: OpenAt, path: str) -> None:
    assert faults(open_at(path), misfits, serious, themes=THEMES) == []
