"""Shows how far an import is: one line in place on a terminal, else a line every few seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TextIO

from django.utils.translation import gettext as _

IN_PLACE_SECONDS: Final = 0.2
LINE_SECONDS: Final = 5.0
_CLEAR: Final = "\r\x1b[K"


@dataclass(slots=True)
class Progress:
    """`done` of `total` in whatever unit the work has (bytes of a file, orders made up)."""

    out: TextIO
    quiet: bool = False
    clock: Callable[[], float] = time.monotonic
    _total: int = 0
    _done_before: int = 0
    _started: float = 0.0
    _shown: float = 0.0
    _line_open: bool = False

    def begin(self, total: int, done: int = 0) -> None:
        """The work starts now, at `done`; may be called again when more is known."""
        self._total, self._done_before = total, done
        self._started = self._shown = self.clock()

    def show(self, done: int, placed: int, refused: int) -> None:
        """Print when it is time to; `placed` counts this run's orders, for the rate."""
        now = self.clock()
        in_place = self.out.isatty()
        if self.quiet or now - self._shown < (IN_PLACE_SECONDS if in_place else LINE_SECONDS):
            return
        self._shown = now
        line = self._line(done, placed, refused, max(now - self._started, 1e-6))
        self.out.write(f"{_CLEAR}{line}" if in_place else f"{line}\n")
        self.out.flush()
        self._line_open = in_place

    def say(self, sentence: str) -> None:
        """A line of its own, which stays."""
        if not self.quiet:
            self.clear()
            self.out.write(f"{sentence}\n")
            self.out.flush()

    def clear(self) -> None:
        """Take the line in place away."""
        if self._line_open:
            self.out.write(_CLEAR)
            self.out.flush()
            self._line_open = False

    @property
    def seconds(self) -> float:
        return self.clock() - self._started

    def _line(self, done: int, placed: int, refused: int, seconds: float) -> str:
        percent = 100 * done // self._total if self._total else 100
        text = _("%(percent)s %% · %(placed)s placed · %(refused)s refused · %(rate)s/s") % {
            "percent": percent,
            "placed": f"{placed:,}",
            "refused": f"{refused:,}",
            "rate": f"{placed / seconds:,.0f}",
        }
        progressed = done - self._done_before
        if progressed <= 0:
            return text
        left = seconds * (self._total - done) / progressed
        return f"{text} · " + _("%(left)s left") % {"left": duration(left)}


def duration(seconds: float) -> str:
    """Two units at most: 45 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
