"""The page says the same before and after its scripts run: each figure is spelled twice, and must agree."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page

from dashboard import protocol
from dashboard.cursors import Cursor
from dashboard.judgements import Alarm, Broken, Flow, Ranked, Ranking, Verdict
from dashboard.protocol import (
    Figures,
    Memory,
    Oldest,
    OrderRow,
    Percentiles,
    Rates,
    Slots,
    Snapshot,
    Targets,
    Totals,
    WorkerRow,
)
from dashboard.viewers import Viewer
from dashboard.views import page_of
from orderstream.access.callers import Caller
from orderstream.access.rights import Right
from tests.browser.installation import Installation
from tests.browser.rendering import Rendered, serving

pytestmark = pytest.mark.console

AT = 1_795_152_368_000
MANAGER = Viewer("Haruka Mori", "manager", Caller("user:h", "user:1", frozenset(Right)))
WORKER = WorkerRow(
    "kobe-1-7f3a", "alive", 11.4, 12, 16, 221_402, 3, AT - 400, "kobe-1", 8143, AT - 22_320_000, 1.9
)
LOST = replace(WORKER, name="nara-2-c3f8", state="lost", rate=None, beat_at=AT - 41_000, p95=None)
PAUSED = replace(WORKER, name="osaka-1-02de", state="paused", concurrency=None, completed=None, failed=None)
ORDER = OrderRow(
    "1795152367000-0",
    3,
    "retrying",
    "森本商店",
    "85123A",
    2,
    "4.15",
    "8299.30",
    AT - 1000,
    None,
    1,
    "E",
    None,
)
NO_ORDER = OrderRow(
    "1795152366000-12", 1, "failed", None, None, None, None, None, None, None, 0, "invalid", None
)
TOTALS = Totals(1_284_903, 3, 31, 68, 12, 1_284_451, 23, 318)
FULL = Figures(
    totals=TOTALS,
    lag=31,
    in_hand=68,
    waiting=12,
    rates=Rates(41.85, 41.25, 0.16),
    oldest=Oldest("1795152319977-0", "retrying", AT - 48_400),
    slots=Slots(68, 80),
    next_retry_at=AT + 5_800,
    waiting_time=Percentiles(0.6, 0.8, 0.9),
    processing_time=Percentiles(1.3, 2.7, 3.9),
    targets=Targets(30, 10),
)
LOST_ALARM = Alarm("worker_lost", AT - 41_000, LOST.name, orders=4, heirs=("kobe-2", "osaka-1", "osaka-2"))
SLOW_ALARM = Alarm("slow_worker", AT - 268_000, WORKER.name, p95=4.8, others=1.9)
MEMORY_ALARM = Alarm("memory", AT, share=0.72)
SILENT = Alarm("keeper_silent", AT - 61_000)
LETTERS = Alarm("dead_letters", AT - 268_000, letters=12)
BEHIND = Flow("behind", AT - 41_000, by=0.6, why="lost", worker=LOST.name)
RANKING = Ranking(
    AT - 3_700_000, AT, False, 12, (Ranked("85123A", 1_204, "12480.50"), Ranked("森本", 3, "8.30"))
)

CLEAN = Verdict(AT - 900, AT - 68_000, 61, 0, (), 0, (), 0, (), 0, 0, None)
FOUND = replace(
    CLEAN,
    lost=1,
    lost_ids=(ORDER.id,),
    doubled=2,
    doubled_ids=(NO_ORDER.id, "5-0"),
    others=1_204,
    broken=(
        Broken("I3", 2, (NO_ORDER.id, "5-0"), "twice"),
        Broken("I7", 1, (), "failed is 3, the events say <1>"),
    ),
    put_back=1,
    unjudged=12,
    share=0.434,
)
AUDIT_ALARM = Alarm("audit", AT - 9_000, lost=1, doubled=2, wrong=1_204, ids=(ORDER.id, NO_ORDER.id))


def judged(flow: Flow | None = None, *alarms: Alarm, **figures: Any) -> Figures:
    return replace(FULL, flow=flow, alarms=alarms, **figures)


QUIET = Totals(5, 0, 0, 0, 0, 5, 0, 0)
CASES = {
    "full": (FULL, (WORKER, LOST, PAUSED), (ORDER, NO_ORDER)),
    "unknown": (Figures(), (), ()),
    "empty": (
        Figures(totals=Totals(*[0] * 8), lag=0, in_hand=0, waiting=0, slots=Slots(0, 32)),
        (WORKER,),
        (),
    ),
    "empty without workers": (Figures(totals=Totals(*[0] * 8)), (), ()),
    "paused": (replace(FULL, paused=True), (PAUSED,), ()),
    "no worker": (replace(FULL, waiting_since=AT - 11_520_000, targets=None), (LOST,), ()),
    "one waits": (replace(FULL, totals=replace(TOTALS, pending=1, processing=0, failed=1)), (WORKER,), ()),
    "nothing waits": (replace(FULL, totals=replace(TOTALS, pending=0), next_retry_at=AT - 1), (WORKER,), ()),
    "slow": (replace(FULL, totals=replace(TOTALS, processing=1), rates=Rates(0.0, 0.0, 0.0)), (WORKER,), ()),
    "behind": (judged(BEHIND, LOST_ALARM, SLOW_ALARM, ranking=RANKING), (WORKER, LOST), ()),
    "behind for another": (judged(replace(BEHIND, why="slow"), SLOW_ALARM), (WORKER, PAUSED), ()),
    "more orders": (judged(replace(BEHIND, why="more", by=23.4)), (WORKER,), ()),
    "behind for no reason": (judged(replace(BEHIND, why="")), (replace(WORKER, rate=None),), ()),
    "catching up": (judged(Flow("catching", AT - 9_000, by=3.2, until=AT + 301_000)), (WORKER,), ()),
    "catching up for days": (judged(Flow("catching", AT, by=0.1, until=AT + 200_000_000)), (WORKER,), ()),
    "idle": (judged(Flow("idle", AT - 7_200_000), totals=QUIET), (WORKER,), ()),
    "one lost": (judged(None, replace(LOST_ALARM, heirs=(), orders=1)), (WORKER, LOST), ()),
    "lost with all in hand": (judged(None, replace(LOST_ALARM, held=2)), (WORKER, LOST), ()),
    "two lost": (judged(None, LOST_ALARM, replace(LOST_ALARM, worker="b", heirs=("x",))), (WORKER,), ()),
    "slow worker": (judged(None, SLOW_ALARM), (WORKER,), ()),
    "paused since": (judged(None, Alarm("paused", AT - 5_000), paused=True), (PAUSED,), ()),
    "nobody takes any": (judged(None), (PAUSED, replace(PAUSED, name="b", state="draining")), ()),
    "memory full": (judged(None, replace(MEMORY_ALARM, is_full=True)), (WORKER,), ()),
    "memory low": (judged(None, MEMORY_ALARM), (WORKER,), ()),
    "many alarms": (
        judged(None, SILENT, LETTERS, SLOW_ALARM, LOST_ALARM, Alarm("paused", AT)),
        (WORKER,),
        (),
    ),
    "memory grows": (
        replace(
            FULL,
            memory=Memory(212_000_000, 1_000_000_000, True, 780_000),
            first_15m=0.999_96,
            completed_15m=37_214,
        ),
        (WORKER,),
        (),
    ),
    "memory stands": (
        replace(FULL, memory=Memory(9_940_000, 16_670_000_000, False), first_15m=1.0),
        (WORKER,),
        (),
    ),
    "memory for years": (
        replace(FULL, memory=Memory(999_600_000, 2_000_000_000, True), first_15m=0.5),
        (WORKER,),
        (),
    ),
    "no limit": (replace(FULL, memory=Memory(1_260_000_000, None)), (WORKER,), ()),
    "full soon": (replace(FULL, memory=Memory(1, 2, True, 120), rates=Rates()), (WORKER,), ()),
    "too long": (
        replace(
            FULL,
            waiting_since=AT - 31_400,
            waiting_time=Percentiles(0.6, 30.1, 48.4),
            processing_time=Percentiles(1, 10.0, 11),
        ),
        (WORKER,),
        (),
    ),
    "too long at work": (
        replace(FULL, processing_time=Percentiles(1, 2.6, 11), targets=Targets(90, 2.5)),
        (WORKER,),
        (),
    ),
    "audited": (replace(FULL, verdict=CLEAN), (WORKER,), ()),
    "not all judged": (judged(verdict=replace(CLEAN, unjudged=1_204)), (WORKER,), ()),
    "lost and doubled": (judged(None, AUDIT_ALARM, verdict=FOUND), (WORKER,), ()),
    "doubled and behind": (judged(BEHIND, AUDIT_ALARM, verdict=FOUND), (WORKER,), ()),
    "doubled and full": (judged(None, AUDIT_ALARM, replace(MEMORY_ALARM, is_full=True)), (WORKER,), ()),
    "doubled and a worker lost": (judged(None, AUDIT_ALARM, LOST_ALARM), (WORKER, LOST), ()),
    "doubled and memory low": (judged(None, AUDIT_ALARM, MEMORY_ALARM), (WORKER,), ()),
    "only wrong": (
        judged(
            None, replace(AUDIT_ALARM, lost=0, doubled=0), verdict=replace(FOUND, lost=0, doubled=0, others=1)
        ),
        (WORKER,),
        (),
    ),
    "audited a while ago": (judged(verdict=replace(CLEAN, audited_to=AT - 61_000)), (WORKER,), ()),
    "audited another day": (judged(verdict=replace(CLEAN, audited_to=AT - 90_000_000)), (WORKER,), ()),
    "first audit": (judged(verdict=replace(CLEAN, audited_to=None, share=0.434)), (WORKER,), ()),
    "done": (Figures(totals=QUIET, lag=0, in_hand=0, waiting=0, slots=Slots(0, 1)), (WORKER, LOST, LOST), ()),
}

# Every text that a script may set, by its place; no-break spaces count, other white space does not.
TEXTS = """() => {
    const text = (el) => el.textContent.replace(/[ \\n]+/g, " ").trim();
    const out = {};
    const places = "[data-figure], .sentence, [data-more]:not(feed-badge *), [data-cell]"
        + ", [data-more-alarms], [data-said], [data-help]";
    for (const el of document.querySelectorAll(places)) {
        const row = el.closest("[data-key]")?.dataset.key ?? "";
        const name = el.dataset.figure ?? el.dataset.cell ?? el.className;
        out[`${row} ${name}`] = [text(el), el.title, el.hidden];
    }
    out.flow = ["data-empty", "data-run"].map((name) => document.querySelector(".flow").hasAttribute(name));
    out.parts = [...document.querySelectorAll("[data-when], [data-none]")].map(({ hidden }) => hidden);
    out.idle = [...document.querySelectorAll("[data-idle]")].map(({ className }) => className);
    const links = document.querySelectorAll(".alarm a, .figure a, .ledger a");
    out.looks = [...links].map((el) => el.pathname + el.search);
    const all = (places, tell) => [...document.querySelectorAll(places)].map(tell);
    out.shapes = all(".alarm use, .ledger use", (el) => el.getAttribute("href").split("#")[1]);
    out.tones = all(".alarm, .sentence, .p95, .figure, .ledger", ({ dataset }) => dataset.status ?? null);
    out.quiet = [...document.querySelectorAll("tr[data-quiet]")].length;
    out.slots = [...document.querySelectorAll(".slots .on")].length;
    out.states = [...document.querySelectorAll("tbody .status")].map((el) => [el.dataset.status, text(el)]);
    return out;
}"""


@pytest.fixture(scope="module")
def rendered(running: Installation) -> Iterator[Rendered]:
    with serving(running.folder) as rendered:
        yield rendered


@pytest.fixture(scope="module")
def pages(browser: Browser, rendered: Rendered) -> Iterator[tuple[Page, Page]]:
    """One without scripts and one with them, for all cases."""
    common = {"base_url": rendered.url, "locale": "en-GB"}
    plain = browser.new_context(**common, java_script_enabled=False).new_page()  # type: ignore[arg-type]
    # The server says UTC until a script knows better.
    scripted = browser.new_context(**common, timezone_id="UTC").new_page()  # type: ignore[arg-type]
    # The moment stands still, or ages would have moved on.
    scripted.clock.set_fixed_time(AT)
    scripted.route_web_socket("**/ws/board/**", lambda _socket: None)
    yield plain, scripted
    for page in (plain, scripted):
        page.context.close()


@pytest.mark.parametrize("case", CASES)
def test_scripts_say_what_the_server_said(
    pages: tuple[Page, Page], rendered: Rendered, rf: RequestFactory, case: str
) -> None:
    figures, workers, orders = CASES[case]
    rendered.html = html_of(rf, Snapshot(Cursor(AT, 0), AT, figures, workers, orders))
    before, after = (texts(page) for page in pages)
    assert before
    assert after == before


def html_of(rf: RequestFactory, snapshot: Snapshot) -> str:
    request = rf.get("/")
    context = page_of(request, MANAGER, snapshot)
    assert context["snapshot_json"] == json.loads(protocol.encode(snapshot))
    assert context["moment"] == datetime.fromtimestamp(AT / 1000, UTC)
    return render_to_string("dashboard/board.html", context, request)


def texts(page: Page) -> dict[str, object]:
    page.goto("/")
    if page.evaluate("Boolean(document.querySelector('feed-badge:defined'))"):
        # All parts paint in the same frame, the badge among them.
        page.locator("feed-badge:not([data-feed=past])").wait_for()
    return dict(page.evaluate(TEXTS))
