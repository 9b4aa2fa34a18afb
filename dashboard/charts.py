"""The charts of the board as the page sets them: windows, titles and keys; js/chart-kinds.js draws them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Window:
    """How far back, and seconds in a point: some 150 to 300 of them, as many as a chart can show."""

    minutes: int
    step: int
    label: Promise
    words: Promise


# Delivered and not final: with workers, and parked until it is due.
PENDING_PARTS: Final = (("in_hand", _("in hand")), ("parked", _("waiting")))


@dataclass(frozen=True, slots=True)
class Line:
    """A key: the line's ink and look, and its value of now: one figure, or several with a word each."""

    key: str
    label: Promise | str
    ink: str
    figure: str
    look: str = ""
    parts: tuple[tuple[str, Promise], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """`unknown`: the figure that says so beside the title while no line has a value, once for all of them."""

    kind: str
    title: Promise
    lines: tuple[Line, ...]
    unknown: str = ""


WINDOWS = (
    Window(15, 5, _("15 min"), _("the last 15 minutes")),
    Window(60, 15, _("1 h"), _("the last hour")),
    Window(360, 120, _("6 h"), _("the last 6 hours")),
    Window(1440, 300, _("24 h"), _("the last 24 hours")),
)
CHARTS = (
    Chart(
        "throughput",
        _("Throughput"),
        (
            Line("placed", _("Placed"), "ink-quiet", "placed_now", "dash"),
            Line("completed", _("Completed"), "completed", "completed_now"),
            Line("failed", _("Failed"), "failed", "failed_now"),
        ),
        unknown="rates_unknown",
    ),
    Chart(
        "backlog",
        _("Lag and pending"),
        (
            Line("lag", _("Lag"), "ink", "lag"),
            Line("pending", _("Pending"), "processing", "", "dash", PENDING_PARTS),
        ),
    ),
    Chart(
        "latency",
        _("Time processing"),
        (
            Line("p50", "p50", "ink-faint", "took_p50", "thin"),
            Line("p95", "p95", "ink-quiet", "took_p95"),
            Line("p99", "p99", "ink", "took_p99"),
        ),
        unknown="took_unknown",
    ),
)
