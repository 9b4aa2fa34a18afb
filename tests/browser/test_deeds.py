"""Deeds with a slow answer: meanwhile a dialog may be left, become another's, or a button another deed."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from orderstream.streams.controlling import ask
from orderstream.streams.liveness import Asked
from tests.browser.conftest import Console, OpenAt
from tests.browser.stage import Stage

pytestmark = pytest.mark.console


def held_back(page: Page, pattern: str) -> list[Route]:
    """What is asked there, not answered yet."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held


def retry_and_turn_to_discard(open_at: OpenAt, stage: Stage) -> tuple[Page, Route]:
    [order_id] = stage.failed()
    page = open_at(f"/orders/{order_id}/", "operator")
    held = held_back(page, "**/requeue")
    page.get_by_role("button", name="Retry…").click()
    with page.expect_request("**/requeue"):
        page.get_by_role("button", name="Retry it").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard…").click()
    return page, held[0]


def test_a_slow_answer_leaves_the_dialog_of_another_deed_open(open_at: OpenAt, stage: Stage) -> None:
    page, retry = retry_and_turn_to_discard(open_at, stage)
    dialog = page.get_by_role("dialog", name="Discard order")
    expect(dialog.locator("[data-do]")).not_to_have_attribute("aria-busy", "true")
    retry.fulfill(json={})
    expect(page.locator("#announcement")).to_have_text("The order was sent back.")
    expect(dialog).to_be_visible()
    page.get_by_role("button", name="Discard the order").click()
    expect(page.locator(".status.big")).to_have_text("cancelled")


def test_a_slow_refusal_is_told_when_the_dialog_of_another_deed_is_closed(
    open_at: OpenAt, stage: Stage, console: Console
) -> None:
    console.expected.append("status of 409")
    page, retry = retry_and_turn_to_discard(open_at, stage)
    dialog = page.locator("#deed")
    with page.expect_response("**/requeue"):
        retry.fulfill(status=409, json={"detail": "This order is not failed."})
    expect(page.locator("#requeue")).not_to_have_attribute("aria-busy", "true")
    expect(dialog.get_by_role("heading")).to_have_text(re.compile("Discard order"))
    expect(dialog).not_to_contain_text("This order is not failed.")
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("heading")).to_have_text("Retry…")
    expect(dialog.get_by_role("alert")).to_have_text("This order is not failed.")


def test_a_deed_is_done_once_however_often_it_is_pressed(open_at: OpenAt, stage: Stage) -> None:
    [order_id] = stage.failed()
    page = open_at(f"/orders/{order_id}/", "operator")
    held = held_back(page, "**/requeue")
    for _ in range(2):
        page.get_by_role("button", name="Retry…").click()
        page.get_by_role("button", name="Retry it").click()
        expect(page.get_by_role("button", name="Retry it")).to_have_attribute("aria-busy", "true")
        page.keyboard.press("Escape")
    expect(page.locator("#deed")).to_be_hidden()
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(".status.big")).to_have_text("pending")


def test_what_the_dialog_says_is_done_though_its_button_has_become_another_deed(
    open_at: OpenAt, stage: Stage
) -> None:
    stage.alive("kobe-1", concurrency=4)
    stage.act(lambda lane: ask(lane, "kobe-1", Asked.PAUSE))
    page = open_at("/workers/")
    page.get_by_role("button", name="Drain…").click()
    stage.act(lambda lane: ask(lane, "kobe-1", Asked.DRAIN))
    expect(page.locator("article.worker button", has_text="Drain…")).to_have_count(0)
    with page.expect_request("**/api/workers/**") as asked:
        page.get_by_role("button", name="Drain kobe-1").click()
    assert asked.value.url.endswith("/kobe-1/drain")
