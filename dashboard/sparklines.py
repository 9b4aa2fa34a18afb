"""Curves without axes as the path of an inline SVG; all on one page share one scale, so that they compare."""

from collections.abc import Iterable, Sequence
from typing import Final

WIDTH: Final = 100.0
HEIGHT: Final = 28.0
Values = Sequence[float | None]


def scale_of(columns: Iterable[Values]) -> float:
    """What stands at the top: the largest value of all; 0 where there is none."""
    return max((value for column in columns for value in column if value is not None), default=0.0)


def line(values: Values, top: float) -> str:
    """A gap where nothing was measured; a single point is a short stroke, or nobody would see it."""
    step = WIDTH / max(1, len(values) - 1)
    parts: list[str] = []
    for start, run in _runs(values):
        points = [f"{(start + n) * step:.1f} {_y(value, top):.1f}" for n, value in enumerate(run)]
        parts.append("M" + "L".join(points) + ("h0.5" if len(run) == 1 else ""))
    return "".join(parts)


def area(values: Values, top: float) -> str:
    """The same, closed along the ground."""
    step = WIDTH / max(1, len(values) - 1)
    parts: list[str] = []
    for start, run in _runs(values):
        first, last = start * step, (start + len(run) - 1) * step
        points = "".join(f"L{(start + n) * step:.1f} {_y(value, top):.1f}" for n, value in enumerate(run))
        parts.append(f"M{first:.1f} {HEIGHT:g}{points}L{last:.1f} {HEIGHT:g}Z")
    return "".join(parts)


def _y(value: float, top: float) -> float:
    return HEIGHT - 1 - (HEIGHT - 2) * (value / top if top > 0 else 0)


def _runs(values: Values) -> Iterable[tuple[int, list[float]]]:
    """What was measured without a gap: where it begins, and the values."""
    run: list[float] = []
    for number, value in enumerate([*values, None]):
        if value is not None:
            run.append(value)
        elif run:
            yield number - len(run), run
            run = []
