"""One line in place while a terminal watches, and nothing otherwise."""

from io import StringIO

import pytest

from orderstream.auditor.progress import EVERY_SECONDS, Progress
from orderstream.streams.auditing.reports import Report
from orderstream.streams.auditing.stages import Doing, Stage


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def report(events: int) -> Report:
    return Report(None, "0-0", events, 2, {}, (), {"I6": 3}, 0, (), 0, (), 0, {}, False)


def reading(events: int) -> tuple[Report, Stage]:
    return report(events), Stage(Doing.READ, events)


def test_a_terminal_sees_a_line_now_and_then() -> None:
    now, out = [100.0], Terminal()
    progress = Progress(out, 400, clock=lambda: now[0])
    progress.show(*reading(100))
    progress.show(*reading(150))
    now[0] += EVERY_SECONDS
    progress.show(*reading(500))
    progress.clear()
    progress.clear()
    assert out.getvalue() == (
        "\r\x1b[KReading the log: 25 % · 100 events of 2 orders · 3 violations"
        "\r\x1b[KReading the log: 100 % · 500 events of 2 orders · 3 violations"
        "\r\x1b[K"
    )


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage(Doing.REREAD, 120_400, 50_000), "Reading again for 50,000 orders: 120,400 events"),
        (Stage(Doing.COMPARE, left=1_204), "Comparing: 1,204 orders to go"),
        (Stage(Doing.WALK_STREAM, 500), "Walking the stream: 62 % of 800 entries"),
        (Stage(Doing.WALK_STREAM, 1_000), "Walking the stream: 100 % of 800 entries"),
        (Stage(Doing.WALK_LISTS, 500), "Walking the pending list and the indexes: 500 entries"),
        (Stage(Doing.LOOK_AGAIN, left=7), "Looking again: 7 orders to go"),
        (Stage(Doing.TAKE_STOCK), "Holding the totals against the log"),
    ],
)
def test_each_stage_has_its_own_words_and_count(stage: Stage, words: str) -> None:
    out = Terminal()
    Progress(out, 400, 800).show(report(400), stage)
    assert out.getvalue() == f"\r\x1b[K{words} · 3 violations"


def test_nobody_else_does() -> None:
    out = StringIO()
    progress = Progress(out, 400)
    progress.show(*reading(100))
    progress.clear()
    assert out.getvalue() == ""
