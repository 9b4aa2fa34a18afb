"""The board as a whole, with charts, alarms and ranking: how it looks, on a wall too, and what it costs."""

import gzip
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

import dashboard
from orderstream.streams.outlook import Alarm, Outlook
from tests.browser.conftest import Console, OpenBoard
from tests.browser.fitting import misfits
from tests.browser.installation import Installation
from tests.browser.lately import CHARTS_JS, DRAWN
from tests.browser.looks import THEMES, looks, resize, serious
from tests.machine import slowness

pytestmark = pytest.mark.console

# Chart.js fits itself to its place a frame later.
FITTED = "() => charts().every((c) => c.width < c.canvas.parentElement.offsetWidth)"
ON_ONE_SCREEN = """[document.documentElement, document.body].map(
    ({ scrollHeight }) => scrollHeight <= innerHeight)"""


def test_the_whole_board_looks_right(open_charts: OpenBoard, seeded: Installation) -> None:
    board, found = open_charts(), []
    for theme in THEMES:
        for look in looks(board, themes=(theme,)):
            board.wait_for_function(FITTED)
            found += [f"{look}: {fault}" for fault in misfits(board) + serious(board)]
        board.locator("board-charts").scroll_into_view_if_needed()
        board.wait_for_function(IN_THE_INK)
    assert found == []
    # Once: Chromium warns of a canvas that is read more often.
    assert board.evaluate(INKED) == [True] * 3


# Lines, ticks and ground have the colours of the theme of now, and all points are there.
IN_THE_INK = f"""() => {{
    const probe = document.body.appendChild(document.createElement("i"));
    const ink = (name) => (probe.style.color = `var(--${{name}})`, getComputedStyle(probe).color);
    const [quiet, rule] = [ink("ink-quiet"), ink("rule")];
    probe.remove();
    return ({DRAWN})() && charts().every(({{ scales: {{ x, y }} }}) =>
        x.options.ticks.color === quiet && y.options.grid.color === rule && x.max - x.min > 1);
}}"""
# Each canvas has pixels of several inks: it is no empty frame.
INKED = """() => charts().map(({ canvas }) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const inks = new Set();
    for (let k = 0; k < data.length; k += 4) if (data[k + 3] > 200) inks.add(data.slice(k, k + 3).join(" "));
    return inks.size > 3;
})"""


@pytest.mark.alone
def test_the_board_is_painted_within_a_second(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    seeded: Installation,
) -> None:
    took: list[float] = []
    second = 1_000 * slowness()
    # The best of a few: what else the machine does is no part of the promise.
    while len(took) < 5 and min(took, default=second) >= second:
        context = new_context()
        context.add_cookies(sessions("viewer"))  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/")
        page.locator("feed-badge[data-feed=live]").wait_for()
        took.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        context.close()
    assert min(took) < second, took


def test_our_own_scripts_are_small() -> None:
    folder = Path(dashboard.__file__).parent / "static/dashboard/js"
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in reached(folder, "board.js")}
    assert len(sizes) > 40
    assert sum(sizes.values()) < 60_000, sorted(sizes.items(), key=lambda item: item[1])[-5:]


def reached(folder: Path, entry: str) -> set[Path]:
    """A module and all that it imports, and so on."""
    waiting, found = [entry], set()
    while waiting:
        path = folder / waiting.pop()
        if path not in found:
            found.add(path)
            waiting += re.findall(
                r'^import (?:[^"]*from )?"\./([^"]+)";', path.read_text("utf-8"), re.MULTILINE
            )
    return found


def test_places_change_with_what_is_ranked_by(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    products = board.locator("[data-of=products] tbody[data-rows] [data-cell=name]")
    assert products.all_inner_texts() == ["P-0", "P-1", "P-2", "P-3", "P-4"]
    board.get_by_role("button", name="Amount").click()
    assert products.all_inner_texts() == ["P-4", "P-3", "P-2", "P-1", "P-0"]


def test_an_alarm_is_said_once_to_readers(open_charts: OpenBoard, seeded: Installation, now_ms: int) -> None:
    board = open_charts()
    strip = board.get_by_role("region", name="Alarms")
    expect(strip.locator("li")).to_have_count(2)
    expect(board.locator("#alarm")).to_be_empty()
    now = int(time.time() * 1000)
    letters = Alarm("dead_letters", now, letters=12)
    seeded.judge(Outlook(now, None, (letters, Alarm("paused", now_ms))))
    expect(board.locator("#alarm")).to_contain_text("Dead letters rise. 12 more")
    expect(strip.locator("li").first).to_contain_text("Dead letters rise.")
    assert strip.locator("li").first.get_by_role("link", name="Look").get_attribute("href") == "/failed/"


def test_a_wall_shows_everything_on_one_screen(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    console: Console,
    seeded: Installation,
) -> None:
    context = new_context()
    context.add_cookies(sessions("viewer"))  # type: ignore[arg-type]
    wall = context.new_page()
    console.listen(wall)
    wall.goto("/?wall")
    wall.evaluate(CHARTS_JS)
    wall.wait_for_function(DRAWN)
    for width, height in ((1920, 1080), (1280, 720), (3840, 2160)):
        size = f"{width} x {height}"
        resize(wall, width, height)
        wall.wait_for_function(FITTED)
        assert wall.evaluate(ON_ONE_SCREEN) == [True, True], size
        for part in (".alarms", ".sentence", ".flow", ".figures", "board-charts", ".clock"):
            box = wall.locator(part).bounding_box()
            assert box, (size, part)
            assert box["y"] + box["height"] <= height, (size, part)
        assert wall.evaluate("charts().every(({ canvas }) => canvas.clientHeight >= 80)"), size
        expect(wall.get_by_role("link", name="Place an order"), size).to_have_count(0)
        assert serious(wall) == [], size
