"""The charts' modules without a page: buckets, gaps, axes, marks, sparklines, and numbers as text."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.installation import Installation

pytestmark = pytest.mark.console

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def run(browser: Browser, running: Installation) -> Iterator[Run]:
    """Evaluates an expression over the exports of a module: `module: expression`; all on one page."""
    page = browser.new_context(base_url=running.url, locale="en-GB").new_page()
    page.goto("/sign-in/")

    def evaluate(source: str) -> Any:
        module, expression = source.split(":", 1)
        imported = f'const m = await import("/static/dashboard/js/{module}.js");'
        return page.evaluate(f"async () => {{ {imported} return {expression}; }}")

    yield evaluate
    page.context.close()


# A series over a minute in steps of ten seconds, with what its methods give as plain values.
SERIES = """
const names = ["lag", "processing_p99"];
const answer = (first, lag, p99 = lag.map(() => null)) => ({
    step_ms: 10_000, at: lag.map((_, k) => first + k * 10_000), figures: { lag, processing_p99: p99 } });
const series = (...answers) => {
    const s = new m.Series(names, 60_000);
    answers.forEach((each) => s.merge(each));
    return s;
};
const sample = (at, lag, p99) => ({ at, figures: p99 ? { lag, processing_p99: p99 } : { lag } });
const fed = (s, ...samples) => samples.map((each) => s.add(each));
"""


def series(run: Run, body: str) -> Any:
    return run(f"series: (() => {{ {SERIES} {body} }})()")


def test_an_answer_is_taken_as_it_is(run: Run) -> None:
    found = series(
        run, "const s = series(answer(0, [1, null, 3])); return [s.at, s.columns.lag, s.lastSampleAt];"
    )
    assert found == [[0, 10_000, 20_000], [1, None, 3], 20_000]


def test_a_figure_that_the_answer_lacks_is_unknown(run: Run) -> None:
    body = (
        "const s = new m.Series(names, 60_000); s.merge({ step_ms: 10_000, at: [0, 10_000], figures: {} });"
    )
    assert series(run, f"{body} return s.columns;") == {"lag": [None, None], "processing_p99": [None, None]}


def test_what_came_since_replaces_what_is_known_of_that_time(run: Run) -> None:
    body = "const s = series(answer(0, [1, 2, 3]), answer(20_000, [9, 4])); return [s.at, s.columns.lag];"
    assert series(run, body) == [[0, 10_000, 20_000, 30_000], [1, 2, 9, 4]]


def test_a_hole_between_two_answers_stays_a_hole(run: Run) -> None:
    body = "const s = series(answer(0, [1]), answer(30_000, [4])); return [s.columns.lag, s.gaps()];"
    assert series(run, body) == [[1, None, None, 4], [[10_000, 30_000]]]


def test_samples_of_one_bucket_are_averaged_and_percentiles_are_the_worst(run: Run) -> None:
    body = """const s = series(answer(0, [1]));
        fed(s, sample(11_000, 4, 2), sample(12_000, 8, 7), sample(13_000, 6, 5)); return s.columns;"""
    assert series(run, body) == {"lag": [1, 6], "processing_p99": [None, 7]}


def test_a_sample_that_is_known_or_older_changes_nothing(run: Run) -> None:
    body = """const s = series(answer(0, [1, 2]));
        fed(s, sample(12_000, 5), sample(12_000, 99), sample(3_000, 99)); return s.columns.lag;"""
    assert series(run, body) == [1, 3.5]


def test_missed_samples_are_noticed_and_a_skipped_second_is_not(run: Run) -> None:
    body = """const s = series(answer(0, [1]));
        return fed(s, sample(11_000, 1), sample(13_000, 1), sample(29_000, 1), sample(30_000, 1));"""
    assert series(run, body) == [None, None, 13_000, None]


def test_nothing_grows_beyond_the_window(run: Run) -> None:
    body = """const s = series(answer(0, [1]));
        for (let at = 10_000; at < 4_000_000; at += 1_000) s.add(sample(at, at));
        return [s.at.length, s.columns.lag.length, s.at.at(-1)];"""
    assert series(run, body) == [7, 7, 3_990_000]


def test_a_long_silence_begins_anew(run: Run) -> None:
    body = "const s = series(answer(0, [1])); fed(s, sample(900_000, 5)); return [s.at, s.columns.lag];"
    assert series(run, body) == [[900_000], [5]]


def test_another_step_begins_anew(run: Run) -> None:
    body = """const s = series(answer(0, [1, 2]));
        s.merge({ step_ms: 5_000, at: [5_000], figures: { lag: [7] } }); return [s.at, s.columns.lag];"""
    assert series(run, body) == [[5_000], [7]]


def test_before_the_first_answer_samples_are_not_drawn(run: Run) -> None:
    assert series(run, "const s = series(); fed(s, sample(1_000, 5)); return s.at;") == []


def test_a_time_in_which_only_one_figure_is_unknown_is_no_gap(run: Run) -> None:
    body = "return series(answer(0, [null, null, 1, 1], [null, 2, null, null])).gaps();"
    assert series(run, body) == [[0, 10_000]]


@pytest.mark.parametrize(("ms", "k"), [(0, 0), (9_999, 0), (10_001, 1), (24_000, 2), (-5, 0), (99_999, 2)])
def test_the_nearest_bucket_is_found(run: Run, ms: int, k: int) -> None:
    assert series(run, f"return series(answer(0, [1, 2, 3])).nearest({ms});") == k


@pytest.mark.parametrize(
    ("highest", "is_whole", "step", "top"),
    [
        (41.8, "false", 20, 60), (60, "false", 20, 60), (60.5, "false", 40, 120), (4.4, "false", 2, 6),
        (0, "false", 0.1, 0.3), (0, "true", 1, 3), (2, "true", 1, 3), (31, "true", 20, 60),
        (0.25, "false", 0.1, 0.3), (12_345, "true", 5_000, 15_000), (98_000, "true", 40_000, 120_000),
    ],
)  # fmt: skip
def test_an_axis_has_three_even_steps_from_zero(
    run: Run,
    highest: float,
    is_whole: str,
    step: float,
    top: float,
) -> None:
    assert run(f"ticks: m.scale({highest}, {{ isWhole: {is_whole} }})") == {"step": step, "max": top}


MINUTE, HOUR = 60_000, 3_600_000


@pytest.mark.parametrize(
    ("span", "step"),
    [(15 * MINUTE, 5 * MINUTE), (HOUR, 10 * MINUTE), (6 * HOUR, HOUR), (24 * HOUR, 4 * HOUR)],
)
@pytest.mark.parametrize("offset", [0, -540, -330, 300])
def test_times_stand_at_whole_minutes_of_the_viewers_clock(
    run: Run, span: int, step: int, offset: int
) -> None:
    to = 1_795_152_368_000
    ticks = run(f"ticks: m.clockTicks({to - span}, {to}, {offset})")
    assert 3 <= len(ticks) <= 7
    assert all((tick - offset * MINUTE) % step == 0 for tick in ticks)
    assert all(to - span <= tick <= to for tick in ticks)


MARKS = """
const marks = new m.Marks(900_000);
const view = (at, paused, alarms = []) => ({ at, figures: { paused, alarms } });
"""


def marks(run: Run, body: str) -> Any:
    return run(f"marks: (() => {{ {MARKS} {body} }})()")


def test_one_event_told_twice_is_one_mark(run: Run) -> None:
    body = """marks.merge([{ at: 5_000, kind: "worker_lost", worker: "nara-2" }]);
        marks.hear(view(9_000, false, [{ kind: "worker_lost", since: 5_200, worker: "nara-2" }]));
        return marks.within(0, 10_000).map(({ at }) => at);"""
    assert marks(run, body) == [5_000]


def test_the_end_of_a_pause_is_a_mark_and_what_is_no_event_is_none(run: Run) -> None:
    body = """marks.hear(view(1_000, true, [{ kind: "paused", since: 900, worker: "" }]));
        marks.hear(view(9_000, false, [{ kind: "dead_letters", since: 8_000, worker: "" }]));
        return marks.within(0, 10_000).map(({ at, kind }) => [at, kind]);"""
    assert marks(run, body) == [[900, "paused"], [9_000, "resumed"]]


def test_the_last_five_are_shown_and_old_ones_forgotten(run: Run) -> None:
    body = """const lost = (n) => ({ kind: "worker_lost", since: n * 10_000, worker: `w-${n}` });
        for (let n = 0; n < 200; n += 1) marks.hear(view(n * 10_000, false, [lost(n)]));
        return [marks.within(0, 2_000_000).map(({ worker }) => worker), marks.within(0, 1_000_000).length];"""
    last, early = marks(run, body)
    assert last == [f"w-{n}" for n in range(195, 200)]
    assert early == 0, "beyond the window"


@pytest.mark.parametrize(
    ("mark", "word"),
    [
        ('{ kind: "worker_lost", worker: "nara-2" }', "nara-2 lost"),
        ('{ kind: "slow_worker", worker: "osaka-2" }', "osaka-2 slow"),
        ('{ kind: "paused", worker: "" }', "paused"),
        ('{ kind: "resumed", worker: "" }', "resumed"),
        ('{ kind: "memory", worker: "" }', "memory low"),
        ('{ kind: "of a later version", worker: "" }', "of a later version"),
    ],
)
def test_a_mark_has_its_word(run: Run, mark: str, word: str) -> None:
    assert run(f"marks: m.markWord({mark})") == word


@pytest.mark.parametrize(
    ("values", "most", "line"),
    [
        ("[0, 10]", 10, "M0 20L100 2"),
        ("[5, null, 10]", 10, "M0 11M100 2"),
        ("[0, 0]", 0, "M0 20L100 20"),
        ("[null, null]", 10, ""),
        ("[]", 0, ""),
    ],
)
def test_a_sparkline_is_broken_where_nothing_was_measured(
    run: Run, values: str, most: float, line: str
) -> None:
    assert run(f"spark: m.sparkPaths({values}, {most}).line") == line


def test_the_area_of_a_sparkline_stands_on_its_ground(run: Run) -> None:
    assert (
        run("spark: m.sparkPaths([10, 10, null, 5], 10).area")
        == "M0 2L33.3 2L33.3 20L0 20ZM100 11L100 20L100 20Z"
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("size(212_000_000).join('')", "212 MB"),
        ("size(9_940_000).join('')", "9.9 MB"),
        ("size(1_000_000_000).join('')", "1 GB"),
        ("size(1_260_000_000).join('')", "1.3 GB"),
        ("about(120)", "2 min"),
        ("about(111_600)", "31 h"),
        ("about(777_600)", "9 d"),
        ("percent(0.99999)", "99.99"),
        ("percent(1)", "100.00"),
        ("plain(0.25)", "0.25"),
        ("plain(60)", "60"),
    ],
)
def test_sizes_guesses_and_shares_as_text(run: Run, call: str, text: str) -> None:
    assert run(f"format: m.{call}").replace("\u00a0", " ") == text


def test_a_text_is_filled_as_python_fills_it(run: Run) -> None:
    assert run('words: m.fill("%(share)s %% of %(name)s", { share: 72, name: "it" })') == "72 % of it"
