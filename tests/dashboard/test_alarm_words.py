"""The alarm strip: one line each, three at most, each with its page."""

from dataclasses import replace

import pytest

from dashboard.alarm_words import strip_of
from dashboard.cursors import Cursor
from dashboard.judgements import Alarm
from dashboard.protocol import Figures, Snapshot

AT = 1_795_152_368_000
LOST = Alarm("worker_lost", AT - 41_000, "nara-2", orders=4, heirs=("kobe-2", "osaka-1"))
FULL = Alarm("memory", AT - 1, share=0.91, is_full=True)


def strip(*alarms: Alarm):
    return strip_of(Snapshot(Cursor(1, 0), AT, Figures(alarms=alarms), (), ()))


@pytest.mark.parametrize(
    ("alarm", "status", "words", "look"),
    [
        (Alarm("audit", AT, lost=1_204, wrong=2, ids=("5-0",)), "critical", "Orders lost or doubled. "
         "1,204 lost, 0 doubled, 2 otherwise wrong. "
         "manage.py audit_orders --repair mends what can be mended.", "orders"),
        (Alarm("audit", AT, wrong=2), "warning", "What is stored is not what happened. 0 lost, 0 doubled, "
         "2 otherwise wrong. manage.py audit_orders --repair mends what can be mended.", "orders"),
        (LOST, "critical", "Worker lost. nara-2 has been silent for 41.0 s. "
                           "4 orders went on at kobe-2 and osaka-1; none is lost.", "workers"),
        (Alarm("slow_worker", AT, "osaka-2", p95=4.8, others=1.9), "warning",
         "Slow worker. osaka-2 takes 4.8 s at p95, the others 1.9 s.", "workers"),
        (Alarm("dead_letters", AT - 268_000, letters=12), "warning",
         "Dead letters rise. 12 more within 4 min.", "failed"),
        (replace(FULL, is_full=False), "warning", "Memory runs low. Redis uses 91 % of it.", "stream"),
        (FULL, "critical", "Memory is nearly full. Redis uses 91 % of it; "
                           "new orders are refused, accepted ones are finished.", "stream"),
        (Alarm("paused", AT), "warning", "Paused. Workers finish what they hold and begin nothing; "
                                         "orders are accepted and wait.", "workers"),
        (Alarm("keeper_silent", AT), "warning", "No keeper is running. "
         "Charts and judgements stand still. Start one with manage.py runkeeper.", "stream"),
    ],
    ids=lambda case: case.kind if isinstance(case, Alarm) else "",
)  # fmt: skip
def test_what_an_alarm_says(alarm: Alarm, status: str, words: str, look: str) -> None:
    (row,) = strip(alarm).rows
    assert f"{row.head} {row.text}".replace("\u00a0", " ") == words
    assert (row.status, row.look) == (status, look)


def test_the_orders_it_is_about_are_linked() -> None:
    assert strip(Alarm("audit", AT, lost=2, ids=("5-0", "6-0"))).rows[0].ids == ("5-0", "6-0")


def test_each_says_since_when() -> None:
    assert strip(LOST).rows[0].since == "05:25:27"


def test_three_are_shown_and_the_others_counted() -> None:
    assert strip().rows == ()
    three = [replace(LOST, worker=f"w-{n}") for n in range(3)]
    assert (len(strip(*three).rows), strip(*three).more) == (3, "")
    seven = [replace(LOST, worker=f"w-{n}") for n in range(7)]
    assert (len(strip(*seven).rows), strip(*seven).more) == (3, "and 4 more")
