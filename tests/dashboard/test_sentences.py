"""The board's first sentence: the gravest that holds, at most twelve words, and one quiet line."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from dashboard.cursors import Cursor
from dashboard.judgements import Alarm, Flow
from dashboard.protocol import Figures, Rates, Slots, Snapshot, Totals, WorkerRow
from dashboard.sentences import Sentence, sentence_of

AT = 1_795_152_368_000  # 05:26:08 UTC
TOTALS = Totals(1_284_903, 0, 31, 68, 12, 1_284_451, 23, 318)
QUIET = Totals(5, 0, 0, 0, 0, 5, 0, 0)
FIGURES = Figures(totals=TOTALS, rates=Rates(41.8, 41.2, 0.0), slots=Slots(68, 80))
WORKER = WorkerRow("kobe-1", "alive", 11.4, 12, 16, 9, 0, AT, "kobe", 1, AT, 1.9)
SLOWER = replace(WORKER, name="osaka-2", rate=3.6)
LOST = Alarm("worker_lost", AT - 41_000, "nara-2", orders=4, heirs=("kobe-2", "osaka-1", "osaka-2"))
DOUBLED = Alarm("audit", AT - 86_400_000, doubled=1)
SLOW = Alarm("slow_worker", AT - 268_000, "osaka-2", p95=4.8, others=1.9)
PAUSED = Alarm("paused", AT - 300_000)
FULL = Alarm("memory", AT, share=0.91, is_full=True)
LOW = Alarm("memory", AT, share=0.72)
BEHIND = Flow("behind", AT - 41_000, by=0.6, why="lost", worker="nara-2")
CATCHING = Flow("catching", AT - 60_000, by=3.2, until=AT + 270_000)
IDLE = Flow("idle", AT - 3_600_000)
ALIVE = (WORKER, SLOWER)


def said(
    workers: tuple[WorkerRow, ...] = ALIVE, *alarms: Alarm, flow: Flow | None = None, **figures: Any
) -> Sentence:
    given = replace(FIGURES, flow=flow, alarms=alarms, **figures)
    return sentence_of(Snapshot(Cursor(1, 0), AT, given, workers, ()))


def text(sentence: Sentence) -> str:
    return f"{sentence.lead}{sentence.head}{sentence.body}"


@pytest.mark.parametrize(
    ("sentence", "status", "words"),
    [
        (said(totals=None), "", "Nothing is known about the orders yet."),
        (said(totals=Totals(*[0] * 8)), "", "Ready. Nothing has been placed yet."),
        (said((), totals=Totals(*[0] * 8)), "warning", "No worker is running. Nothing has been placed yet."),
        (said(()), "critical", "No worker is running. 68 orders are processed, 31 wait."),
        (
            said(ALIVE, PAUSED, paused=True),
            "warning",
            "Paused since 05:21. 68 orders are processed, 31 wait.",
        ),
        (said(paused=True), "warning", "Paused. 68 orders are processed, 31 wait."),
        (
            said((replace(WORKER, state="draining"),)),
            "warning",
            "No worker takes orders. 68 orders are processed, 31 wait.",
        ),
        (
            said(ALIVE, SLOW, Alarm("audit", AT, lost=1, doubled=2)),
            "critical",
            "1 lost, 2 doubled: the alarm names the orders.",
        ),
        (
            said(ALIVE, SLOW, Alarm("audit", AT, wrong=2)),
            "warning",
            "osaka-2 is slow: 4.8 s at p95, the others 1.9 s.",
        ),
        (said(ALIVE, FULL), "critical", "Memory is nearly full: new orders are refused."),
        (said(flow=BEHIND), "warning", "Falling behind by 0.6/s since nara-2 was lost at 05:25."),
        (
            said(flow=replace(BEHIND, why="slow")),
            "warning",
            "Falling behind by 0.6/s since nara-2 became slow at 05:25.",
        ),
        (
            said(flow=replace(BEHIND, why="more")),
            "warning",
            "Falling behind by 0.6/s: more orders come since 05:25.",
        ),
        (said(flow=replace(BEHIND, why="")), "warning", "Falling behind by 0.6/s since 05:25."),
        (said(ALIVE, LOST), "critical", "nara-2 was lost at 05:25, the others go on."),
        (said(ALIVE, LOST, replace(LOST, worker="b")), "critical", "2 workers were lost, the last at 05:25."),
        (said(ALIVE, SLOW), "warning", "osaka-2 is slow: 4.8 s at p95, the others 1.9 s."),
        (said(flow=CATCHING), "", "Catching up by 3.2/s, done by 05:31."),
        (
            said(flow=replace(CATCHING, until=AT + 200_000_000)),
            "",
            "Catching up by 3.2/s, done in about 2 d.",
        ),
        (said(ALIVE, LOW), "warning", "Memory runs low: 72 % of it is used."),
        (said(flow=IDLE, totals=QUIET), "", "Idle since 04:26: every order is done."),
        (said(flow=IDLE), "", "41.2 orders a second, 31 wait."),
        (said(totals=replace(TOTALS, pending=0)), "", "41.2 orders a second, nothing waits."),
        (said(totals=QUIET), "", "All quiet: every order is done."),
        (said(rates=Rates(0.0, 0.0, 0.0)), "", "68 orders are processed, 31 wait."),
    ],
    ids=lambda case: text(case) if isinstance(case, Sentence) else None,
)
def test_what_is_said(sentence: Sentence, status: str, words: str) -> None:
    assert text(sentence).replace("\u00a0", " ") == words
    assert sentence.status == status
    assert len(text(sentence).replace("\u00a0", "").split()) <= 12


@pytest.mark.parametrize(
    ("sentence", "more"),
    [
        (
            said(flow=BEHIND),
            "At this rate 1,300 orders wait by 06:00. 1 more worker like kobe-1 would keep up.",
        ),
        (
            said(flow=replace(BEHIND, by=30.0)),
            "At this rate 61,000 orders wait by 06:00. 3 more workers like kobe-1 would keep up.",
        ),
        (said((replace(WORKER, rate=None),), flow=BEHIND), "At this rate 1,300 orders wait by 06:00."),
        (
            said(ALIVE, LOST),
            "4 orders went on at kobe-2, osaka-1 and osaka-2; none is lost. 41.2 orders a second, 31 wait. "
            "23 dead letters wait for a person. 2 workers are at work, 68 of 80 slots in use.",
        ),
        (said((), totals=QUIET), "Start one with manage.py runworker_orders."),
        (said(ALIVE, FULL), "Redis uses 91 % of its memory; accepted orders are finished."),
        (said((replace(WORKER, state="paused"),), totals=QUIET), "1 worker is paused or draining."),
    ],
)
def test_what_the_quiet_line_says(sentence: Sentence, more: str) -> None:
    assert sentence.more == more


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        (replace(LOST, held=2), "2 orders are handed on soon."),
        (replace(LOST, orders=0), "Nothing was in hand."),
        (replace(LOST, heirs=()), "4 orders begin anew; none is lost."),
        (replace(LOST, heirs=("kobe-2",), orders=1), "1 order went on at kobe-2; none is lost."),
        (replace(LOST, heirs=("a", "b", "c", "d")), "4 orders went on at a, b and others; none is lost."),
    ],
)
def test_it_is_said_where_a_lost_workers_orders_are(alarm: Alarm, words: str) -> None:
    assert said(ALIVE, alarm).more.startswith(words)


GRAVITY = [
    ({"workers": ()}, "No worker"),
    ({"paused": True}, "Paused"),
    ({"alarms": (FULL,)}, "Memory is nearly full"),
    ({"flow": BEHIND}, "Falling behind"),
    ({"alarms": (LOST,)}, "nara-2 was lost"),
    ({"alarms": (DOUBLED,)}, "0 lost, 1 doubled"),
    ({"alarms": (SLOW,)}, "osaka-2 is slow"),
    ({"flow": CATCHING}, "Catching up"),
    ({"alarms": (LOW,)}, "Memory runs low"),
]


@pytest.mark.parametrize(("graver", "lesser"), [(a, b) for a, b in product(range(9), repeat=2) if a < b])
def test_of_two_the_graver_is_said(graver: int, lesser: int) -> None:
    first, second = GRAVITY[graver][0], GRAVITY[lesser][0]
    alarms = (*first.get("alarms", ()), *second.get("alarms", ()))
    given = second | first
    given.pop("alarms", None)
    workers = given.pop("workers", ALIVE)
    assert text(said(workers, *alarms, **given)).startswith(GRAVITY[graver][1])


def test_a_worker_named_with_an_asterisk_spoils_nothing() -> None:
    sentence = said(ALIVE, replace(LOST, worker="*%s*"))
    assert (sentence.lead, sentence.head, sentence.body) == (
        "",
        "*%s* was lost",
        " at 05:25, the others go on.",
    )
