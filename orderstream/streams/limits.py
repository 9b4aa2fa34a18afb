"""How often somebody may do something, over all processes: counted in one script by the server's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from orderstream.streams.lane import Lane


@dataclass(frozen=True, slots=True)
class Rate:
    """So many units in each period; all of them may come at once, and they come back evenly."""

    units: int
    period: timedelta

    @property
    def every_us(self) -> float:
        return self.period / timedelta(microseconds=1) / self.units


@dataclass(frozen=True, slots=True)
class Want:
    """`units` of what a rate gives to somebody. `kind` and `whose` name the count; both stand in its key.

    `before`: so many were taken for the same deed, so that they do not stand in the way of the rest.
    """

    kind: str
    whose: str
    rate: Rate
    units: int = 1
    before: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was taken; `want` is the one that has to wait longest."""

    want: Want
    wait: timedelta


async def limit(lane: Lane, wants: Sequence[Want], *, largest: int = 1) -> Refusal | None:
    """Take all that is wanted, or nothing. More than a rate gives at once is let through when nothing was
    taken lately, and then paid back.

    `largest`: what anybody may want of these at once. A count that says more than such a one left behind is
    of a clock that went back since.
    """
    if not wants:
        return None
    keys = [lane.keys.limit(want.kind, want.whose) for want in wants]
    now_us = "" if lane.clock is None else lane.clock() * 1_000
    args: list[str | int] = [now_us, largest]
    for want in wants:
        size = max(want.rate.units, want.before + want.units)
        args += [f"{want.rate.every_us:.3f}", size, want.units]
    number, wait_ms = await lane.scripts["limit"].run(lane.client, keys, args)
    return Refusal(wants[number - 1], timedelta(milliseconds=wait_ms)) if number else None
