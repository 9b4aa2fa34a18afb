"""Nothing moves on the pages of operators while figures change under their eyes."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenAt
from tests.browser.installation import Installation
from tests.browser.stage import Stage
from tests.browser.steadiness import shifts, watch_shifts

WIDTHS = (360, 1280)


@pytest.fixture(params=WIDTHS)
def viewport(request: pytest.FixtureRequest) -> dict[str, int]:
    return {"width": request.param, "height": 900}


def test_the_workers_stand_still(
    open_at: OpenAt, installation: Installation, stage: Stage, viewport: dict[str, int]
) -> None:
    with installation.worker("steady", seconds=0.3):
        stage.placed(5)
        page = open_at("/workers/", viewport=viewport)
        expect(page.locator("article.worker")).to_contain_text("steady-")
        watch_shifts(page)
        stage.placed(60)
        expect(page.locator("article.worker .slots i.on").first).to_be_attached()
        expect(page.locator("article.worker")).to_contain_text("0 of 4 in hand")
        assert shifts(page) == []


def test_the_figures_of_the_stream_stand_still(
    open_at: OpenAt, installation: Installation, stage: Stage, viewport: dict[str, int]
) -> None:
    stage.placed(20)
    with installation.worker("steady", seconds=0.3):
        page = open_at("/stream/", viewport=viewport)
        expect(page.locator("#stream-pending")).to_contain_text("steady-")
        before = page.locator("#stream-now").inner_text()
        watch_shifts(page)
        stage.placed(60)
        expect(page.locator("#stream-now")).not_to_have_text(before)
        page.wait_for_timeout(2_000)
        assert shifts(page, rows=False) == []


def test_the_orders_change_in_place(
    open_at: OpenAt, installation: Installation, stage: Stage, viewport: dict[str, int]
) -> None:
    stage.placed(30)
    page = open_at("/orders/", viewport=viewport)
    watch_shifts(page)
    with installation.worker("steady", seconds=0.1):
        expect(page.locator("tbody .status[data-status=completed]")).to_have_count(30)
    assert shifts(page) == []


def test_an_order_in_hand_stands_still(open_at: OpenAt, stage: Stage, viewport: dict[str, int]) -> None:
    (order_id,) = stage.processing("holding")
    page = open_at(f"/orders/{order_id}/", viewport=viewport)
    watch_shifts(page)
    stage.placed(20)
    page.wait_for_timeout(5_000)
    assert shifts(page) == []


def test_dead_letters_stand_still_while_others_come(
    open_at: OpenAt, stage: Stage, viewport: dict[str, int]
) -> None:
    stage.failed(3)
    page = open_at("/failed/", viewport=viewport)
    watch_shifts(page)
    stage.failed(4)
    expect(page.locator("main")).to_contain_text("7")
    assert shifts(page, rows=False) == []
