"""One line in place while a terminal watches, and nothing otherwise."""

from io import StringIO

from orderstream.auditor.progress import EVERY_SECONDS, Progress
from orderstream.streams.auditing.reports import Report


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def report(events: int) -> Report:
    return Report(None, "0-0", events, 2, {}, (), {"I6": 3}, 0, (), 0, (), 0, {}, False)


def test_a_terminal_sees_a_line_now_and_then() -> None:
    now, out = [100.0], Terminal()
    progress = Progress(out, 400, lambda: now[0])
    progress.show(report(100))
    progress.show(report(150))
    now[0] += EVERY_SECONDS
    progress.show(report(500))
    progress.clear()
    progress.clear()
    assert out.getvalue() == (
        "\r\x1b[K25 % · 100 events of 2 orders · 3 violations"
        "\r\x1b[K100 % · 500 events of 2 orders · 3 violations"
        "\r\x1b[K"
    )


def test_nobody_else_does() -> None:
    out = StringIO()
    progress = Progress(out, 400)
    progress.show(report(100))
    progress.clear()
    assert out.getvalue() == ""
