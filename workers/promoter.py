"""Takes retries whose time has come, at most into half of the free slots, and suspects one at a time."""

import time
from collections.abc import Sequence
from typing import Final

from workers.hand import Hand
from workers.source import Source

PAUSE_SECONDS: Final = 0.1
"""Between two looks at the index when the last look found less than it could take."""


class Promoter:
    """New entries keep the other half, so that a storm of retries does not starve them."""

    def __init__(self, source: Source, hand: Hand) -> None:
        self._source, self._hand = source, hand
        self._look_at = 0.0
        self._has_the_odd_slot = True
        self._suspect: str | None = None

    async def promote(self) -> Sequence[str]:
        """The orders that are now this worker's to begin."""
        now = time.monotonic()
        if now < self._look_at:
            return []
        quota = self._quota()
        if not quota:
            return []
        self._look_at = now + PAUSE_SECONDS
        promoted = await self._promote(quota)
        if len(promoted) == quota:
            self._look_at = 0.0
        return promoted

    async def _promote(self, quota: int) -> list[str]:
        if self._suspect is not None and self._suspect in self._hand:
            return list(await self._source.promote(quota, suspects=0))
        # Answers do not say who is a suspect. One order asked for by itself is the only one that may be, and
        # it counts as such: a poison order then takes its worker down without innocent suspects beside it.
        last = list(await self._source.promote(1, suspects=1))
        self._suspect = last[0] if last else None
        rest = await self._source.promote(quota - 1, suspects=0) if last and quota > 1 else []
        return [*last, *rest]

    def _quota(self) -> int:
        # A single free slot goes to retries and to new entries in turn.
        quota = (self._hand.free + self._has_the_odd_slot) // 2
        self._has_the_odd_slot = not self._has_the_odd_slot
        return quota
