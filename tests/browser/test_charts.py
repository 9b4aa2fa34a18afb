"""The charts on the page: what they draw, and how they are read without a picture."""

import re
import time
from urllib.parse import parse_qs, urlparse

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenBoard
from tests.browser.installation import Installation
from tests.browser.lately import CHARTS_JS, DRAWN, MINUTE, SECOND, figures

pytestmark = pytest.mark.console

CHARTS = ("throughput", "backlog", "latency")


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
    told = re.compile(r"Placed +41\.8/s, Completed +41\.2/s, Failed +0\.0/s")
    # Back to the last sample: since it was written, the page has taken its time.
    for _ in range(20):
        board.keyboard.press("ArrowLeft")
        if told.search(canvas.get_attribute("aria-valuetext") or ""):
            break
    expect(canvas).to_have_attribute("aria-valuetext", told)
    for _ in range(4):
        board.keyboard.press("Shift+ArrowLeft")
    board.keyboard.press("Enter")
    board.wait_for_url("**/orders/**")
    asked = parse_qs(urlparse(board.url).query)
    since, until = (
        time.mktime(time.strptime(asked[name][0][:19], "%Y-%m-%dT%H:%M:%S")) for name in ("since", "until")
    )
    assert until - since == 10
    # 42 steps of five seconds from the last sample.
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
