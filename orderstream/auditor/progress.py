"""Shows how far an audit is: one line in place while a terminal watches, nothing else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TextIO

from django.utils.translation import gettext as _

from orderstream.streams.auditing.reports import Report

EVERY_SECONDS: Final = 0.2
_CLEAR: Final = "\r\x1b[K"


@dataclass(slots=True)
class Progress:
    """`total`: how many events there were at the beginning."""

    out: TextIO
    total: int = 0
    clock: Callable[[], float] = time.monotonic
    _shown: float = 0.0
    _is_open: bool = False

    def show(self, report: Report) -> None:
        now = self.clock()
        if not self.out.isatty() or now - self._shown < EVERY_SECONDS:
            return
        self._shown = now
        self.out.write(_CLEAR + self._line(report))
        self.out.flush()
        self._is_open = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_open:
            self.out.write(_CLEAR)
            self.out.flush()
            self._is_open = False

    def _line(self, report: Report) -> str:
        words = {
            "percent": min(100, 100 * report.events // self.total) if self.total else 100,
            "events": f"{report.events:,}",
            "orders": f"{report.orders:,}",
            "violations": f"{sum(report.counts.values()):,}",
        }
        return (
            _("%(percent)s %% · %(events)s events of %(orders)s orders · %(violations)s violations") % words
        )
