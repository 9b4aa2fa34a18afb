"""Nothing moves on the board while its figures change, and when the keeper goes away and comes back."""

import time

import pytest
from playwright.sync_api import Page, expect

from orderstream.domain.outcomes import Completed
from tests.browser.conftest import OpenBoard
from tests.browser.installation import Installation
from tests.browser.lately import SECOND, figures, ranking
from tests.browser.looks import looks
from tests.browser.stage import Stage
from tests.browser.steadiness import shifts, watch_shifts

pytestmark = pytest.mark.console

QUARTER = 900  # seconds: as far as the board looks back
AWAY = 60  # seconds without a sample, after which nothing that only the keeper knows is known
GROWN = {"memory_used": 2.5e8, "memory_limit": 1e9, "processing_p99": 11.5}
# The same, and all else that the board takes from the keeper.
WHOLE = GROWN | {"waiting_p50": 0.4, "waiting_p95": 1.4, "waiting_p99": 2.5}
WHOLE |= {"completed": 0, "completed_at_first": 0}
# By their place in the page: what stands there while nothing is known, and once it is.
KEEPERS = {
    "memory": ("unknown", "250 MB"),
    "memory_of": ("", "of 1 GB"),
    "memory_more": ("", "full in about"),
    "completed_15m": ("unknown", "2"),
    "first_15m": ("", "all at the first attempt"),
    "waited_unknown": ("unknown", ""),
    "waited_p99": ("", "2.5"),
    "took_p99": ("", "11.5"),
}


@pytest.fixture
def seeded(installation: Installation, stage: Stage) -> Installation:
    stage.placed()
    now_ms = int(time.time() * SECOND)
    installation.put_samples({now_ms - age * SECOND: figures(age) for age in range(QUARTER, -1, -1)})
    installation.rank(ranking(now_ms))
    return installation


def test_nothing_moves_when_figures_change(open_board: OpenBoard, seeded: Installation) -> None:
    """Orders come and end, a worker is at work, and figures get more digits."""
    moved = []
    seeded.run("place_orders", "--count", "3")
    with seeded.worker("steady"):
        board = open_board()
        board.locator("worker-rows .status[data-status=alive]").first.wait_for()
        # Rows and sentence are painted each in its turn; till then it says that no worker is running.
        expect(board.locator(".sentence em")).to_be_empty()
        memory = board.locator("board-figures [data-figure=memory]")
        rows = board.locator("order-rows tbody[data-rows] tr")
        for look in looks(board):
            expect(memory, look).to_have_text("unknown")
            watch_shifts(board)
            newest, grown_ms = str(rows.first.get_attribute("data-key")), int(time.time() * SECOND)
            seeded.run("place_orders", "--count", "40")
            seeded.put_samples({grown_ms: figures(0) | GROWN})
            expect(memory, look).to_contain_text("250 MB")
            expect(rows.first, look).not_to_have_attribute("data-key", newest)
            expect(rows.locator(".status:not([data-status=completed])"), look).to_have_count(0)
            expect(board.locator("[data-figure=waiting]").first, look).to_have_text("0")
            moved += [f"{look}: {shift}" for shift in shifts(board)]
            seeded.forget_samples(grown_ms)
    assert moved == []


def test_nothing_moves_when_the_keeper_comes_and_goes(
    open_board: OpenBoard, installation: Installation, stage: Stage
) -> None:
    """What only it knows is unknown, then known, then unknown again."""
    stage.ended("kobe", stage.processing("kobe", 2), Completed())
    stage.placed()
    began_ms = int(time.time() * SECOND)
    older = WHOLE | {"memory_used": 2.4e8}
    ages = range(QUARTER, AWAY, -1)
    installation.put_samples({began_ms - age * SECOND: figures(age) | older for age in ages})
    installation.rank(ranking(began_ms))
    board, moved = open_board(), []
    for look in looks(board):
        keeper_is(board, known=False)
        watch_shifts(board)
        installation.put_samples({int(time.time() * SECOND): figures(0) | WHOLE})
        keeper_is(board, known=True)
        installation.forget_samples(began_ms)
        keeper_is(board, known=False)
        moved += [f"{look}: {shift}" for shift in shifts(board)]
    assert moved == []


def keeper_is(board: Page, *, known: bool) -> None:
    for name, texts in KEEPERS.items():
        place = board.locator(f"board-figures [data-figure={name}]")
        if known:
            expect(place).to_contain_text(texts[known])
        else:
            expect(place).to_have_text(texts[known])
