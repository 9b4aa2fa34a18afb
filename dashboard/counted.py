"""How often something happened within a span: the totals of now less those of the sample then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orderstream.streams import metrics
from orderstream.streams.lane import Lane

_MS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Within:
    """`count` None: unknown, for the keeper has not been there. `since_ms`: from when on it was counted."""

    count: int | None = None
    since_ms: int | None = None


async def attempts_failed(lane: Lane, totals: Mapping[str, int], now_ms: int, span: timedelta) -> Within:
    """By a handler: what a sweep put back counts as retried or failed too, and is none."""
    return await _within(lane, totals, now_ms, span, {"n_retried": 1, "n_failed": 1, "n_swept": -1})


async def taken_over(lane: Lane, totals: Mapping[str, int], now_ms: int, span: timedelta) -> Within:
    """Orders that a sweep took from a lost or overdue worker."""
    return await _within(lane, totals, now_ms, span, {"n_swept": 1})


async def _within(
    lane: Lane, totals: Mapping[str, int], now_ms: int, span: timedelta, signs: Mapping[str, int]
) -> Within:
    """A younger installation is counted from its first sample on."""
    earliest = await metrics.samples(lane, now_ms - span // _MS, now_ms, 1)
    if not earliest or any(name not in earliest[0].figures for name in signs):
        return Within()
    then = earliest[0].figures
    count = sum(sign * (totals.get(name, 0) - int(then[name])) for name, sign in signs.items())
    return Within(max(0, count), earliest[0].at_ms)
