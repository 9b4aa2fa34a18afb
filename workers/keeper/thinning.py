"""Keeps the samples bounded: what is older is thinned out to a coarser step, what is too old is removed."""

from datetime import timedelta

from orderstream.streams import metrics
from workers.keeper.keeper import Term


class Thinning:
    """One page a turn: in ten seconds ten samples come of age, and a page holds far more."""

    every = timedelta(seconds=10)

    def __init__(self) -> None:
        self._after = "-"

    async def turn(self, term: Term) -> None:
        _removed, self._after = await metrics.thin(term.lane, self._after)
