"""The ledger in the board's head: what the keeper's audit found, up to when, and a link to each order."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, expect

from orderstream.domain.outcomes import Completed
from orderstream.streams import outlook, verdicts
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.outlook import Alarm, Outlook
from orderstream.streams.verdicts import Broken, Verdict
from tests.browser.conftest import OpenBoard
from tests.browser.fitting import misfits
from tests.browser.installation import PREFIX, Installation
from tests.browser.looks import THEMES, WIDTHS, faults, looks, serious
from tests.browser.stage import Stage
from tests.browser.steadiness import shifts, watch_shifts

pytestmark = pytest.mark.console

KEYS = Keys.namespaced(PREFIX)
CLEAN = re.compile(r"^0 lost, 0 doubled, audited to \d\d:\d\d:\d\d$")


def now_ms() -> int:
    return int(time.time() * 1000)


def clean(age_ms: int = 0) -> Verdict:
    now = now_ms()
    return Verdict(audited_to_ms=now - age_ms, begun_ms=now - 60_000, rounds=58, events=3, orders=1)


def damaged(ids: list[str]) -> Verdict:
    return replace(
        clean(),
        lost=len(ids),
        lost_ids=tuple(ids),
        doubled=12,
        doubled_ids=tuple(ids[:1]),
        violations=(
            Broken("I3", 12, tuple(ids[:1]), "order.completed after it was completed"),
            Broken("I6", len(ids), tuple(ids), "its status hash is gone"),
            Broken("I7", 1_204, (), "pending is 5, the events say 4; completed is 17, the events say 9"),
        ),
        unjudged=(verdicts.NotJudged("orders whose first events are gone from the log", 31),),
    )


def unjudged() -> Verdict:
    return replace(clean(), unjudged=(verdicts.NotJudged("totals that differ", 1_204),))


def written(stage: Stage, verdict: Verdict) -> None:
    async def write(lane: Lane) -> None:
        await verdicts.write(lane, verdict)

    stage.act(write)


def test_it_follows_the_verdict_and_marks_an_old_one(open_board: OpenBoard, stage: Stage) -> None:
    board = open_board()
    text = expect(board.locator("board-ledger [data-said]"))
    text.to_have_text("Not audited yet")
    written(stage, Verdict(share=0.43))
    text.to_have_text(re.compile(r"^First audit, 43\s% read$"))
    written(stage, clean())
    text.to_have_text(CLEAN)
    expect(board.locator("board-ledger")).to_have_attribute("data-status", "completed")
    written(stage, unjudged())
    text.to_have_text(re.compile(r"^0 lost, 0 doubled, 1,204 not judged, audited to \d\d:\d\d:\d\d$"))
    expect(board.locator("board-ledger")).to_have_attribute("data-status", "warning")
    written(stage, clean())
    text.to_have_text(CLEAN)
    # Nobody writes any more: its time stands still, and that is said.
    then = board.locator("board-ledger [data-said]").inner_text()[-8:]
    text.to_have_text(f"0 lost, 0 doubled, audited only to {then}")
    expect(board.locator("board-ledger")).to_have_attribute("data-status", "warning")


def test_each_order_is_a_link_and_the_remedy_is_named(open_board: OpenBoard, stage: Stage) -> None:
    ids = stage.placed(2)
    written(stage, damaged(ids))
    board = open_board()
    board.get_by_role("button", name=re.compile("^Audit: 2 lost, 12 doubled, 1,20[0-9] other faults")).click()
    panel = board.get_by_role("group", name="Audit")
    expect(panel).to_contain_text("its status hash is gone")
    expect(panel).to_contain_text("pending is 5, the events say 4")
    expect(panel).to_contain_text("manage.py audit_orders")
    expect(panel.locator("[data-key=lost] a")).to_have_count(2)
    panel.locator("[data-key=lost] a").last.click()
    board.wait_for_url(f"**/orders/{ids[1]}/")


def test_links_change_with_the_verdict_and_stay_under_the_focus(open_board: OpenBoard, stage: Stage) -> None:
    first, second = stage.placed(2)
    written(stage, damaged([first]))
    board = open_board()
    ledger = board.locator("board-ledger")
    ledger.get_by_role("button").focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Tab")
    focused = "document.activeElement.title"
    assert board.evaluate(focused) == first
    written(stage, replace(damaged([first]), rounds=99))
    expect(ledger.locator("[data-key=since]")).to_contain_text("99 rounds since")
    assert board.evaluate(focused) == first
    written(stage, damaged([first, second]))
    expect(ledger.locator("[data-key=lost] a")).to_have_count(2)
    board.keyboard.press("Escape")
    expect(ledger.get_by_role("group", name="Audit")).to_be_hidden()
    written(stage, clean())
    expect(ledger.locator("a")).to_have_count(0)
    expect(ledger.locator("[data-help]")).to_have_text("")


def test_nothing_moves_whatever_it_says(open_board: OpenBoard, stage: Stage) -> None:
    ids = stage.placed(3)
    board, moved = open_board(), []
    text = expect(board.locator("board-ledger [data-said]"))
    for look in looks(board, (*WIDTHS, 1024)):
        written(stage, Verdict())
        text.to_have_text("Not audited yet")
        watch_shifts(board)
        written(stage, clean())
        text.to_have_text(CLEAN)
        written(stage, damaged(ids))
        text.to_contain_text("other faults")
        written(stage, unjudged())
        text.to_contain_text("0 doubled, 1,204 not judged")
        written(stage, clean(age_ms=60_000))
        text.to_contain_text("audited only to")
        moved += [f"{look}: {shift}" for shift in shifts(board, rows=False)]
    # A chart's key gets its words when the chart is drawn.
    assert [shift for shift in moved if 'class="legend' not in shift] == []


def test_it_fits_every_screen(open_board: OpenBoard, stage: Stage) -> None:
    written(stage, damaged(stage.placed(20)))
    board, widths = open_board(), (*WIDTHS, 1024)
    expect(board.locator("board-ledger [data-said]")).to_contain_text("other faults")
    found = faults(board, misfits, widths=widths)
    for look in looks(board, widths):
        board.locator("board-ledger button").click()
        expect(board.get_by_role("group", name="Audit"), look).to_be_visible()
        found += [f"{look}: {fault}" for fault in misfits(board)]
        board.keyboard.press("Escape")
    assert found == []


def test_it_can_be_read_by_everybody(open_board: OpenBoard, stage: Stage) -> None:
    written(stage, damaged(stage.placed(20)))
    board = open_board()
    board.locator("board-ledger button").click()
    expect(board.get_by_role("group", name="Audit")).to_be_visible()
    assert faults(board, serious, widths=(1280,), themes=THEMES) == []


def test_without_scripts_it_says_how_it_stood(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    stage: Stage,
) -> None:
    (order_id,) = stage.placed()
    written(stage, damaged([order_id]))
    context = new_context(java_script_enabled=False)
    context.add_cookies(sessions("viewer"))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name=re.compile("^Audit: 1 lost, 12 doubled")).click()
    expect(page.get_by_role("group", name="Audit").locator("[data-key=I6] a")).to_have_attribute(
        "href", f"/orders/{order_id}/"
    )


def test_the_alarm_names_the_orders_and_is_said_once(open_board: OpenBoard, stage: Stage) -> None:
    (order_id,) = stage.placed()
    board = open_board()

    async def judge(lane: Lane) -> None:
        alarm = Alarm("audit", await lane.now_ms(), lost=1, ids=(order_id,))
        await outlook.write(lane, Outlook(await lane.now_ms(), alarms=(alarm,)))

    stage.act(judge)
    alarm = board.locator("board-alarms .alarm").first
    expect(alarm).to_contain_text("Orders lost or doubled. 1 lost, 0 doubled")
    expect(alarm).to_contain_text("manage.py audit_orders --repair")
    expect(alarm).to_have_attribute("data-status", "critical")
    expect(alarm.locator("a.oid")).to_have_attribute("href", f"/orders/{order_id}/")
    expect(board.locator("#alarm")).to_contain_text("Orders lost or doubled.")


def test_real_damage_is_named_while_a_keeper_runs(
    open_board: OpenBoard, installation: Installation, stage: Stage
) -> None:
    (order_id,) = stage.ended("worker", stage.processing("worker"), Completed())
    with installation.keeper():
        board = open_board()
        text = expect(board.locator("board-ledger [data-said]"))
        text.to_have_text(CLEAN)
        stage.act(lambda lane: lane.command("DEL", KEYS.status(order_id)))
        text.to_contain_text("1 lost, 0 doubled")
        expect(board.locator("board-alarms a.oid")).to_have_attribute("href", f"/orders/{order_id}/")
        installation.run("audit_orders", "--repair")
        text.to_have_text(CLEAN)
        expect(board.locator("board-alarms")).to_be_hidden()
