"""The browser's modules without a page: reducer, cursors, back-off, keys of a filling, numbers as text."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.installation import Installation

Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def context(browser: Browser, running: Installation) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=running.url, timezone_id="Asia/Tokyo", locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def run(context: BrowserContext) -> Iterator[Run]:
    """Evaluates an expression over the exports of a module: `module: expression`; on a page of its own, for
    modules remember."""
    page = context.new_page()
    page.goto("/sign-in/")

    def evaluate(source: str) -> Any:
        module, expression = source.split(":", 1)
        return page.evaluate(
            f"""async () => {{
                const m = await import("/static/dashboard/js/{module}.js");
                {VIEW}
                return {expression};
            }}"""
        )

    yield evaluate
    page.close()


# A view with two rows, and a frame whose parts can be given.
VIEW = """
const row = (id, version, status = "pending") => ({ id, version, status });
const snapshot = { type: "snapshot", cursor: "10-0", at: 1, figures: { lag: 1 }, workers: [{ name: "a" }],
                   orders: [row("9-0", 2), row("8-0", 1)] };
const frame = (parts) => ({ type: "frame", cursor: "11-0", at: 2, orders: [], ...parts });
const after = (...messages) => messages.reduce(m.apply, m.fromSnapshot?.(snapshot));
const ids = (view) => view.orders.map(({ id }) => id);
const step = (n) => ({ type: "step", n });
"""


def test_a_row_never_goes_back_in_version(run: Run) -> None:
    assert run('view: after(frame({ orders: [row("9-0", 1, "old")] })).orders[0].version') == 2
    assert run('view: after(frame({ orders: [row("9-0", 3, "new")] })).orders[0].status') == "new"


def test_an_earlier_frame_is_ignored_and_an_equal_one_applied(run: Run) -> None:
    assert run('view: after(frame({ cursor: "9-9", figures: { lag: 7 } })).figures.lag') == 1
    assert run('view: after(frame({ cursor: "10-0", figures: { lag: 7 } })).figures.lag') == 7


def test_cursors_are_compared_as_numbers(run: Run) -> None:
    assert run('cursors: m.isEarlier("9-0", "10-0")') is True
    assert run('cursors: m.isEarlier("10-2", "10-10")') is True
    assert run('cursors: m.isEarlier("10-0", "10-0")') is False
    assert run('cursors: m.compare("18446744073709551615-0", "18446744073709551614-0")') == 1


def test_new_rows_stand_in_front_and_the_oldest_leave(run: Run) -> None:
    many = "Array.from({ length: 60 }, (_, k) => row(`${20 + k}-0`, 1))"
    assert run(f"view: ids(after(frame({{ orders: {many} }}))).length") == 50
    assert run(f"view: ids(after(frame({{ orders: {many} }})))[0]") == "79-0"


def test_what_a_frame_leaves_out_stays(run: Run) -> None:
    assert run("view: after(frame({})).workers.length") == 1
    assert run("view: after(frame({ workers: [] })).workers.length") == 0


def test_a_snapshot_replaces_everything_even_when_it_is_earlier(run: Run) -> None:
    assert run('view: ids(m.apply(after(), { ...snapshot, cursor: "1-0", orders: [] }))') == []


def test_nothing_is_hidden_while_redis_is_away(run: Run) -> None:
    away = 'frame({ figures: { redis: "away", lag: null } })'
    assert run(f"view: after({away}).figures.lag") == 1
    assert run(f"view: after({away}).redisAwaySince") == 2
    assert run(f"view: after({away}, frame({{ figures: {{ lag: 3, redis: 'ok' }} }})).redisAwaySince") is None


def test_rows_that_come_while_redis_is_away_are_taken(run: Run) -> None:
    """The server counts them as seen: dropped here, they would be missing for ever."""
    away = """frame({ figures: { redis: "away", lag: null }, orders: [row("9-0", 3, "completed")] })"""
    assert run(f"view: after({away}).orders[0].status") == "completed"
    assert run(f"view: after({away}).cursor") == "11-0"
    back = 'frame({ cursor: "10-5", figures: { redis: "away" }, orders: [row("9-0", 9, "old")] })'
    assert run(f"view: after({away}, {back}).orders[0].status") == "completed"


def test_an_unknown_message_is_an_error(run: Run) -> None:
    with pytest.raises(Exception, match="unknown message type: step"):
        run("view: after(step(1))")


def test_waiting_grows_up_to_a_cap_and_is_never_nothing(run: Run) -> None:
    assert run("backoff: m.delayMs(0, () => 0)") == 250
    assert run("backoff: m.delayMs(3, () => 1)") == 250 + 2000
    assert run("backoff: m.delayMs(50, () => 1)") == 250 + 15_000


def test_a_filling_keeps_its_key_until_its_content_changes(run: Run) -> None:
    same = "(() => { const k = new m.FillingKey(); return k.of('a') === k.of('a'); })()"
    other = "(() => { const k = new m.FillingKey(); return k.of('a') === k.of('b'); })()"
    spent = "(() => { const k = new m.FillingKey(), a = k.of('a'); k.spend(); return k.of('a') === a; })()"
    assert [run(f"idempotency: {case}") for case in (same, other, spent)] == [True, False, False]


@pytest.mark.parametrize("per_second", [4, 10])
def test_nothing_is_painted_more_often_than_it_may_be(run: Run, per_second: int) -> None:
    painted = f"""(async () => {{
        let painted = 0;
        const ask = m.painter(() => (painted += 1), {per_second});
        const end = performance.now() + 1000;
        while (performance.now() < end) {{
            ask();
            await new Promise((resume) => setTimeout(resume, 5));
        }}
        return painted;
    }})()"""
    assert 2 <= run(f"painter: {painted}") <= per_second + 1


def test_acknowledgements_are_cumulative_and_at_most_one_a_second(run: Run) -> None:
    said = """(() => {
        let now = 0; const said = [];
        const acknowledge = m.acknowledger(({ cursor }) => said.push(cursor), () => now);
        for (const at of [0, 400, 999, 1000, 1500, 2100]) {
            now = at;
            acknowledge({ cursor: `${at}-0`, at });
        }
        return said;
    })()"""
    assert run(f"acknowledgement: {said}") == ["0-0", "1000-0", "2100-0"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.84, "0.8 s"),
        (59.9, "59.9 s"),
        (59.96, "1 min"),
        (1320, "22 min"),
        (11520, "3 h 12 min"),
        (187200, "2 d 4 h"),
    ],
)
def test_spans_have_two_units_at_most(run: Run, seconds: float, text: str) -> None:
    assert run(f"format: m.spanText({seconds})").replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("8.30", "8.30"),
        ("1299.00", "1,299.00"),
        ("12480", "12,480"),
        ("0.0001", "0.0001"),
        ("10000000000000.0001", "10,000,000,000,000.0001"),
    ],
)
def test_amounts_are_shown_as_stored(run: Run, stored: str, shown: str) -> None:
    assert run(f'format: m.amount("{stored}")') == shown


def test_whoever_stops_does_not_wait_for_pages_that_hold_nobody(run: Run) -> None:
    asked = run(
        """moving: (async () => {
            const going = { isStopped: false };
            let asked = 0;
            globalThis.fetch = async () => {
                going.isStopped = ++asked === 3;
                const next = asked < 9 ? `${asked}.1-1` : null;
                return { ok: true, json: async () => ({ orders: [], next }) };
            };
            for await (const _ of m.portionsOf({ chosen: "/" }, true, going));
            return asked;
        })()"""
    )
    assert asked == 3
