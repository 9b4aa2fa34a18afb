"""Nothing moves on the pages of operators while figures change under their eyes."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenAt
from tests.browser.installation import Installation
from tests.browser.looks import looks
from tests.browser.stage import Stage
from tests.browser.steadiness import shifts, watch_shifts

pytestmark = pytest.mark.console

WIDTHS = (360, 1280)


def test_the_workers_stand_still(open_at: OpenAt, installation: Installation, stage: Stage) -> None:
    moved = []
    with installation.worker("steady", seconds=0.3):
        stage.placed(5)
        page = open_at("/workers/")
        worker = page.locator("article.worker")
        expect(worker).to_contain_text("steady-")
        for look in looks(page, WIDTHS):
            expect(worker, look).to_contain_text("0 of 4 in hand")
            watch_shifts(page)
            stage.placed(60)
            expect(worker.locator(".slots i.on").first, look).to_be_attached()
            expect(worker, look).to_contain_text("0 of 4 in hand")
            moved += [f"{look}: {shift}" for shift in shifts(page)]
    assert moved == []


def test_the_figures_of_the_stream_stand_still(
    open_at: OpenAt, installation: Installation, stage: Stage
) -> None:
    moved = []
    stage.placed(20)
    with installation.worker("steady", seconds=0.3):
        page = open_at("/stream/")
        now = page.locator("#stream-now")
        expect(page.locator("#stream-pending")).to_contain_text("steady-")
        for look in looks(page, WIDTHS):
            before = now.inner_text()
            watch_shifts(page)
            stage.placed(60)
            expect(now, look).not_to_have_text(before)
            page.wait_for_timeout(2_000)
            moved += [f"{look}: {shift}" for shift in shifts(page, rows=False)]
    assert moved == []


# A page for each width: orders that are placed while it is open would come on top.
@pytest.mark.parametrize("width", WIDTHS)
def test_the_orders_change_in_place(
    open_at: OpenAt, installation: Installation, stage: Stage, width: int
) -> None:
    stage.placed(30)
    page = open_at("/orders/", viewport={"width": width, "height": 900})
    watch_shifts(page)
    with installation.worker("steady", seconds=0.1):
        expect(page.locator("tbody .status[data-status=completed]")).to_have_count(30)
    assert shifts(page) == []


# An order for each width: after ten seconds it is late, and that is said on a line more.
@pytest.mark.parametrize("width", WIDTHS)
def test_an_order_in_hand_stands_still(open_at: OpenAt, stage: Stage, width: int) -> None:
    (order_id,) = stage.processing("holding")
    page = open_at(f"/orders/{order_id}/", viewport={"width": width, "height": 900})
    watch_shifts(page)
    stage.placed(20)
    page.wait_for_timeout(5_000)
    assert shifts(page) == []


def test_dead_letters_stand_still_while_others_come(open_at: OpenAt, stage: Stage) -> None:
    stage.failed(3)
    page, moved = open_at("/failed/"), []
    for look, letters in zip(looks(page, WIDTHS), (7, 11), strict=True):
        watch_shifts(page)
        stage.failed(4)
        expect(page.locator("#retry-all"), look).to_contain_text(f"all {letters}…")
        moved += [f"{look}: {shift}" for shift in shifts(page, rows=False)]
    assert moved == []
