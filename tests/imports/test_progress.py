"""What a person sees of an import."""

import io

import pytest

from orderstream.imports.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_file_gets_a_line_every_few_seconds() -> None:
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock=clock)
    progress.begin(1_000)

    progress.show(100, 10, 1)
    assert out.getvalue() == ""
    clock.now += 10
    progress.show(250, 50, 3)

    assert out.getvalue() == "25 % · 50 placed · 3 refused · 5/s · 30 s left\n"


def test_a_terminal_gets_one_line_in_place_that_sentences_do_not_tear() -> None:
    out, clock = Terminal(), Clock()
    progress = Progress(out, clock=clock)
    progress.begin(1_000)
    clock.now += 1
    progress.show(500, 10, 0)
    progress.say("Redis answers again.")

    assert "\n" not in out.getvalue().split("Redis")[0]
    assert out.getvalue().endswith("\x1b[KRedis answers again.\n")


def test_what_was_done_before_does_not_count_for_the_time_left() -> None:
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, clock=clock)
    progress.begin(1_000, done=800)
    clock.now += 10
    progress.show(900, 10, 0)

    assert "10 s left" in out.getvalue()


def test_quiet_says_nothing() -> None:
    out, clock = Terminal(), Clock()
    progress = Progress(out, quiet=True, clock=clock)
    progress.begin(10)
    clock.now += 60
    progress.show(5, 5, 0)
    progress.say("x")

    assert out.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")]
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text
