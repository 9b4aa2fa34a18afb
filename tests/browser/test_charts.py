"""The charts on the page: what they draw, how they are read without a picture, and what they cost."""

import gzip
import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import BrowserContext, Page, Request, expect

import dashboard
from orderstream.streams.outlook import Alarm, Flow, Mark, Outlook
from tests.browser.conftest import Console, OpenBoard
from tests.browser.fitting import misfits
from tests.browser.installation import Installation
from tests.browser.lately import SECOND, figures, ranking
from tests.browser.stage import Stage
from tests.browser.test_looks import THEMES, WIDTHS, serious

CHARTS = ("throughput", "backlog", "latency")
GAP = range(300, 361)  # seconds ago in which nothing was measured
MINUTE = 60_000
DRAWN = "() => charts().length === 3 && charts().every((c) => c.data.datasets[0]?.data.length > 100)"
CHARTS_JS = "window.charts = () => [...document.querySelectorAll('canvas')].map((c) => Chart.getChart(c))"


@pytest.fixture
def now_ms() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def seeded(installation: Installation, stage: Stage, now_ms: int) -> Installation:
    """A quarter of an hour with a gap, alarms, marks and a ranking; as old as it is when the test begins."""
    stage.placed()
    ages = [age for age in range(900, -1, -1) if age not in GAP]
    installation.put_samples({now_ms - age * SECOND: figures(age) for age in ages})
    lost = Alarm("worker_lost", now_ms - 2 * MINUTE, "nara-2", orders=4, heirs=("kobe-2",))
    marks = (Mark(now_ms - 2 * MINUTE, "worker_lost", "nara-2"), Mark(now_ms - 60 * MINUTE, "paused"))
    installation.judge(Outlook(now_ms, Flow("steady", now_ms), (lost, Alarm("paused", now_ms)), marks))
    installation.rank(ranking(now_ms))
    return installation


@pytest.fixture
def open_charts(open_board: OpenBoard) -> OpenBoard:
    def open_page(name: str = "operator", **options: object) -> Page:
        page = open_board(name, **options)
        page.evaluate(CHARTS_JS)
        page.locator("board-charts").scroll_into_view_if_needed()
        page.wait_for_function(DRAWN)
        return page

    return open_page


def points(page: Page, chart: int, line: int) -> list[float | None]:
    return list(page.evaluate(f"charts()[{chart}].data.datasets[{line}].data.map(({{ y }}) => y)"))


def test_chart_js_comes_out_of_the_wheel(open_charts: OpenBoard, seeded: Installation) -> None:
    found = finders.find("unfold/js/chart/chart.js")
    assert found, "the wheel of django-unfold does not carry Chart.js any more"
    assert "site-packages" in str(found)
    board = open_charts()
    assert board.evaluate("Chart.version").startswith("4.")


def test_three_charts_show_the_samples(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    assert board.evaluate("charts().map((c) => c.canvas.closest('figure').dataset.chart)") == list(CHARTS)
    placed, completed, failed = (points(board, 0, line) for line in range(3))
    assert set(placed) == {41.8, None}
    assert set(completed) == {41.2, None}
    assert set(failed) == {None}, "no red line at zero"
    assert set(points(board, 1, 1)) == {80, None}, "what workers hold and what is parked"
    assert max(value or 0 for value in points(board, 2, 2)) == 5.9, "the worst of a bucket"
    scales = board.evaluate("charts().map((c) => [c.scales.y.min, c.scales.y.max, c.options.animation])")
    assert scales == [[0, 60, False], [0, 120, False], [0, 6, False]]


def test_a_time_without_samples_is_a_gap_and_an_event_a_line(
    open_charts: OpenBoard, seeded: Installation, now_ms: int
) -> None:
    board = open_charts()
    told = board.evaluate("charts().map(({ told }) => told)")
    for each in told:
        (gap,) = [gap for gap in each["gaps"] if gap[1] - gap[0] > 30 * SECOND]
        assert abs(gap[0] - (now_ms - 360 * SECOND)) <= 10 * SECOND
        assert abs(gap[1] - (now_ms - 300 * SECOND)) <= 10 * SECOND
        assert [(mark["kind"], mark["worker"]) for mark in each["marks"]] == [
            ("worker_lost", "nara-2"),
            ("paused", ""),
        ]
    assert None in points(board, 0, 0), "the line is broken there"


def test_what_is_sampled_later_comes_over_the_feed(
    open_charts: OpenBoard, seeded: Installation, now_ms: int
) -> None:
    board = open_charts()
    # What the page took to open.
    until = int(time.time() * 1000)
    seeded.put_samples({at: figures(0) for at in range(now_ms + SECOND, until, SECOND)} | {until: figures(0)})
    board.wait_for_function(f"() => charts()[1].data.datasets[0].data.at(-1).x > {until - 5 * SECOND}")
    asked: list[Request] = []
    board.on("request", lambda request: asked.append(request) if "/api/metrics" in request.url else None)
    seeded.put_samples({int(time.time() * 1000): figures(0) | {"lag": 310.0}})
    board.wait_for_function("() => charts()[1].data.datasets[0].data.some(({ y }) => y > 31)")
    # What the page took to open may still have been asked for.
    assert all(int(query(request)["since"]) < until for request in asked), "nothing is asked for anew"


def test_what_was_missed_is_asked_for(open_charts: OpenBoard, seeded: Installation, now_ms: int) -> None:
    board = open_charts()
    later = int(time.time() * 1000)
    with board.expect_request(lambda request: "/api/metrics" in request.url) as asked:
        # The samples between come with the last, but the feed tells of that one only.
        between = {now_ms + ms: figures(0) | {"lag": 50.0} for ms in range(500, 10 * MINUTE, SECOND)}
        seeded.put_samples(
            {at: known for at, known in between.items() if at < later} | {later + MINUTE: figures(0)}
        )
    assert int(query(asked.value)["since"]) >= now_ms - 10 * SECOND


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(request.url).query).items()}


def test_the_window_is_chosen_and_stays_chosen(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    with board.expect_request(lambda request: "/api/metrics" in request.url) as asked:
        board.get_by_role("button", name="6 h").click()
    assert query(asked.value)["step"] == "120"
    board.wait_for_function("() => charts()[0].scales.x.max - charts()[0].scales.x.min === 6 * 3600_000")
    board.reload()
    expect(board.get_by_role("button", name="6 h")).to_have_attribute("aria-pressed", "true")
    board.evaluate(CHARTS_JS)
    board.wait_for_function(DRAWN)
    assert board.evaluate("charts()[0].scales.x.max - charts()[0].scales.x.min") == 6 * 3_600_000


def test_one_moment_is_marked_in_all_charts_and_told_in_one(
    open_charts: OpenBoard, seeded: Installation
) -> None:
    board = open_charts()
    canvas = board.locator("canvas").first
    box = canvas.bounding_box()
    assert box
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    moments = board.evaluate("charts().map(({ told }) => told.moment)")
    assert len(set(moments)) == 1
    assert moments[0] is not None
    assert board.evaluate("charts().map(({ tooltip }) => tooltip.getActiveElements().length)") == [2, 0, 0]
    board.mouse.move(0, 0)
    assert board.evaluate("charts().map(({ told }) => told.moment)") == [None] * 3


def test_keys_move_through_time_and_enter_opens_the_orders(
    open_charts: OpenBoard, seeded: Installation, now_ms: int
) -> None:
    board = open_charts()
    board.route("**/orders/**", lambda route: route.fulfill(body="orders"))
    canvas = board.get_by_role("slider").first
    canvas.focus()
    board.keyboard.press("End")
    board.keyboard.press("ArrowLeft")
    expect(canvas).to_have_attribute(
        "aria-valuetext", re.compile(r"Placed +41\.8/s, Completed +41\.2/s, Failed +0\.0/s")
    )
    for _ in range(4):
        board.keyboard.press("Shift+ArrowLeft")
    board.keyboard.press("Enter")
    board.wait_for_url("**/orders/**")
    asked = parse_qs(urlparse(board.url).query)
    since, until = (
        time.mktime(time.strptime(asked[name][0][:19], "%Y-%m-%dT%H:%M:%S")) for name in ("since", "until")
    )
    assert until - since == 10
    # 42 steps of five seconds, and what the page took to open.
    assert -300 < since - time.mktime(time.gmtime(now_ms / 1000)) < -150


def test_a_click_opens_the_orders_of_that_time(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    board.route("**/orders/**", lambda route: route.fulfill(body="orders"))
    board.locator("canvas").nth(2).click()
    board.wait_for_url(re.compile(r"/orders/\?since=2.*&until=2"))


def test_a_key_shows_its_line_alone(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    hidden = "charts()[0].data.datasets.map(({ hidden }) => hidden)"
    key = board.locator("[data-chart=throughput]").get_by_role("button", name="Completed")
    key.click()
    assert board.evaluate(hidden) == [True, False, True]
    expect(key).to_have_attribute("aria-pressed", "true")
    key.click()
    assert board.evaluate(hidden) == [False, False, False]


def test_without_a_picture_there_are_words_and_a_table(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    label = board.locator("canvas").first.get_attribute("aria-label") or ""
    assert label.startswith("Throughput, the last 15 minutes. Placed 41.8/s, at most 41.8/s.")
    board.get_by_role("button", name="Show as table").click()
    table = board.locator("[data-chart=throughput] table")
    assert table.locator("thead th").all_inner_texts() == ["Time", "Placed", "Completed", "Failed"]
    rows = table.locator("tbody tr")
    assert rows.count() >= 180
    assert rows.filter(has_text="unknown").count() >= 11, "the gap is unknown, not 0"
    assert rows.nth(1).locator("td").nth(1).inner_text() == "41.8/s"
    expect(board.locator("canvas").first).to_be_hidden()
    board.get_by_role("button", name="Show as table").click()
    expect(board.locator("canvas").first).to_be_visible()


def test_nothing_is_painted_that_nobody_sees(open_board: OpenBoard, seeded: Installation) -> None:
    board = open_board(viewport={"width": 360, "height": 500})
    board.evaluate(CHARTS_JS)
    board.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/api/metrics'))"
    )
    assert board.evaluate("charts().map((c) => c.data.datasets.length)") == [0, 0, 0]
    board.locator("board-charts").scroll_into_view_if_needed()
    board.wait_for_function(DRAWN)


def test_charts_are_painted_once_a_second_at_most(open_charts: OpenBoard, seeded: Installation) -> None:
    board = open_charts()
    painted = board.evaluate("""async () => {
        const [chart] = charts();
        const update = chart.update.bind(chart);
        let painted = 0;
        chart.update = (mode) => { painted += 1; update(mode); };
        const { feed } = await import(performance.getEntriesByType("resource")
            .map(({ name }) => name).find((name) => /board-feed[.a-z0-9]*js$/.test(name)));
        const end = performance.now() + 2500;
        while (performance.now() < end) {
            document.querySelector("board-charts").ask();
            await new Promise((resume) => setTimeout(resume, 20));
        }
        return [painted, feed.view.at > 0];
    }""")
    assert painted[0] <= 4
    assert painted[1]


@pytest.mark.parametrize("theme", THEMES)
def test_the_whole_board_looks_right(open_charts: OpenBoard, seeded: Installation, theme: str) -> None:
    board = open_charts(color_scheme=theme)
    for width in WIDTHS:
        board.set_viewport_size({"width": width, "height": 900})
        # Chart.js fits itself to its place a frame later.
        board.wait_for_function("() => charts().every((c) => c.width < c.canvas.parentElement.offsetWidth)")
        assert misfits(board) == [], width
        assert serious(board) == [], width
    board.locator("board-charts").scroll_into_view_if_needed()
    board.wait_for_function(DRAWN)
    assert board.evaluate(INKED) == [True] * 3


# Each canvas has pixels of several inks: it is no empty frame.
INKED = """() => charts().map(({ canvas }) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const inks = new Set();
    for (let k = 0; k < data.length; k += 4) if (data[k + 3] > 200) inks.add(data.slice(k, k + 3).join(" "));
    return inks.size > 3;
})"""


def test_the_board_is_painted_within_a_second(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    seeded: Installation,
) -> None:
    took: list[float] = []
    # The best of many: what else runs on the machine is no part of the promise.
    while len(took) < 15 and min(took, default=1_000) >= 1_000:
        context = new_context()
        context.add_cookies(sessions("viewer"))  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/")
        page.locator("feed-badge[data-feed=live]").wait_for()
        took.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        context.close()
    assert min(took) < 1_000, took


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


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (3840, 2160)])
def test_a_wall_shows_everything_on_one_screen(
    new_context: Callable[..., BrowserContext],
    sessions: Callable[[str], list[dict[str, object]]],
    console: Console,
    seeded: Installation,
    width: int,
    height: int,
) -> None:
    context = new_context(viewport={"width": width, "height": height})
    context.add_cookies(sessions("viewer"))  # type: ignore[arg-type]
    wall = context.new_page()
    console.listen(wall)
    wall.goto("/?wall")
    wall.evaluate(CHARTS_JS)
    wall.wait_for_function(DRAWN)
    assert wall.evaluate(
        "[document.documentElement.scrollHeight <= innerHeight, document.body.scrollHeight <= innerHeight]"
    )
    for part in (".alarms", ".sentence", ".flow", ".figures", "board-charts", ".clock"):
        box = wall.locator(part).bounding_box()
        assert box, part
        assert box["y"] + box["height"] <= height, part
    assert wall.evaluate("charts().every(({ canvas }) => canvas.clientHeight >= 80)")
    expect(wall.get_by_role("link", name="Place an order")).to_have_count(0)
    assert serious(wall) == []
