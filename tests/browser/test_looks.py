"""What every reader needs: no serious finding of axe in light and dark, and no page wider than its screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import Console, OpenBoard
from tests.browser.fitting import misfits
from tests.browser.installation import Installation
from tests.browser.looks import THEMES, faults, looks, serious
from tests.browser.pages import a_customer, open_drawer, place
from tests.browser.stage import Stage


def test_the_board_has_no_serious_finding(open_board: OpenBoard, installation: Installation) -> None:
    board = open_board()
    with installation.worker("looked-at"):
        place(board, a_customer())
        board.locator("worker-rows .status[data-status=alive]").first.wait_for()
        assert faults(board, serious, widths=(360, 1280), themes=THEMES) == []
    open_drawer(board)
    assert faults(board, serious, widths=(360, 1280), themes=THEMES) == []


def test_the_keys_have_no_serious_finding(open_board: OpenBoard) -> None:
    board = open_board()
    board.keyboard.press("?")
    assert faults(board, serious, widths=(1280,), themes=THEMES) == []


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/not-a-link/", "/nothing-here/"])
def test_pages_without_the_shell_have_no_serious_finding(
    new_context: Callable[..., BrowserContext], console: Console, path: str
) -> None:
    console.expected += ["status of 404", "status of 410"]
    page = new_context().new_page()
    console.listen(page)
    page.goto(path)
    assert faults(page, serious, widths=(1280,), themes=THEMES) == []


def test_nothing_is_wider_than_the_screen(open_board: OpenBoard) -> None:
    board = open_board()
    assert faults(board, misfits) == []
    open_drawer(board)
    assert faults(board, misfits) == []
    board.goto("/place/")
    assert faults(board, misfits) == []


def test_the_board_runs_under_a_strict_policy(open_board: OpenBoard) -> None:
    answer = open_board().request.get("/")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_nothing_moves_for_those_who_ask_for_it(open_board: OpenBoard) -> None:
    board = open_board(reduced_motion="reduce")
    moving = board.evaluate(
        "document.getAnimations().filter(({playState}) => playState === 'running').length"
    )
    assert moving == 0


WORDS_END_BEFORE_THE_NODE = """() => {
    document.querySelector(".flow").removeAttribute("data-empty");
    const loop = document.querySelector(".loop");
    loop.querySelector(".big").textContent = "8";
    const sub = loop.querySelector(".sub");
    sub.textContent = "the next is due in 3 h 12 min";
    const words = document.createRange();
    words.selectNodeContents(sub);
    return words.getBoundingClientRect().right <= loop.querySelector(".node").getBoundingClientRect().left;
}"""


def test_long_words_beside_a_short_figure_are_not_covered(open_board: OpenBoard) -> None:
    board = open_board()
    widths = (768, 1280, 1440, 1920)
    covered = [look for look in looks(board, widths) if not board.evaluate(WORDS_END_BEFORE_THE_NODE)]
    assert covered == []


def test_the_curve_of_a_worker_has_the_size_of_its_list(open_board: OpenBoard, stage: Stage) -> None:
    stage.processing("kobe-1")
    board = open_board("viewer")
    curve = board.locator("worker-rows tr", has_text="kobe-1").locator(".spark")
    sizes = {1024: (5.5, 1.25), 1280: (4, 1.25), 1920: (5.5, 1.25)}
    for look, size in zip(looks(board, sizes), sizes.values(), strict=True):
        box = curve.bounding_box()
        assert box is not None, look
        rem = board.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        assert (box["width"] / rem, box["height"] / rem) == pytest.approx(size), look
