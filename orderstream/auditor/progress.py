"""Shows how far an audit is: one line in place while a terminal watches, nothing else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TextIO

from django.utils.translation import gettext as _

from orderstream.streams.auditing.reports import Report
from orderstream.streams.auditing.stages import Doing, Stage

EVERY_SECONDS: Final = 0.2
_CLEAR: Final = "\r\x1b[K"


@dataclass(slots=True)
class Progress:
    """`events` and `entries`: how many of them there were at the beginning."""

    out: TextIO
    events: int = 0
    entries: int = 0
    clock: Callable[[], float] = time.monotonic
    _shown: float = 0.0
    _is_open: bool = False

    def show(self, report: Report, stage: Stage) -> None:
        now = self.clock()
        if not self.out.isatty() or now - self._shown < EVERY_SECONDS:
            return
        self._shown = now
        self.out.write(_CLEAR + self._line(report, stage))
        self.out.flush()
        self._is_open = True

    def clear(self) -> None:
        """Take the line away."""
        if self._is_open:
            self.out.write(_CLEAR)
            self.out.flush()
            self._is_open = False

    def _line(self, report: Report, stage: Stage) -> str:
        templates = {
            Doing.READ: _("Reading the log: %(percent)s %% · %(events)s events of %(orders)s orders"),
            Doing.REREAD: _("Reading again for %(left)s orders: %(looked)s events"),
            Doing.COMPARE: _("Comparing: %(left)s orders to go"),
            Doing.WALK_STREAM: _("Walking the stream: %(percent)s %% of %(entries)s entries"),
            Doing.WALK_LISTS: _("Walking the pending list and the indexes: %(looked)s entries"),
            Doing.LOOK_AGAIN: _("Looking again: %(left)s orders to go"),
            Doing.TAKE_STOCK: _("Holding the totals against the log"),
        }
        words = {
            "percent": _percent(stage.looked, self.events if stage.doing is Doing.READ else self.entries),
            "events": f"{report.events:,}",
            "orders": f"{report.orders:,}",
            "entries": f"{self.entries:,}",
            "looked": f"{stage.looked:,}",
            "left": f"{stage.left:,}",
        }
        violations = _("%(violations)s violations") % {"violations": f"{sum(report.counts.values()):,}"}
        return f"{templates[stage.doing] % words} · {violations}"


def _percent(done: int, total: int) -> int:
    return min(100, 100 * done // total) if total else 100
