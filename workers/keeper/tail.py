"""Reads the log of events once for all that is folded from it: the ranking, and who went on with what."""

from datetime import timedelta
from time import monotonic
from typing import Final

import structlog

from orderstream.streams import ranking as stored
from orderstream.streams.codec import id_ms, id_order
from orderstream.streams.events_log import BEGINNING, last_cursor, read_events
from orderstream.streams.lane import Lane
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Term
from workers.keeper.ranking import SLICE_MS, Ranking, first_slice

log = structlog.get_logger(__name__)

PAGE: Final = 500
# A turn's share of its second; what is left then comes with the next, and the top says up to when it counts.
TURN_SECONDS: Final = 0.7
TOP_EVERY_MS: Final = 2_000
SAVED_EVERY_MS: Final = 10_000


class Tail:
    """Goes on where the keeper before it saved its counts, so that each order counts once."""

    every = timedelta(seconds=1)

    def __init__(self, ranking: Ranking, handovers: Handovers) -> None:
        self._ranking, self._handovers = ranking, handovers
        self._fence = 0
        self._cursor = self._end = BEGINNING
        self._told_ms = self._saved_ms = 0

    async def turn(self, term: Term) -> None:
        lane, now_ms = term.lane, await term.lane.now_ms()
        await self._find_place(term, now_ms)
        is_done = await self._read(lane)
        self._ranking.forget(now_ms)
        await self._tell(lane, now_ms, now_ms if is_done else id_ms(self._cursor))

    async def _find_place(self, term: Term, now_ms: int) -> None:
        # The cursor itself may lie beyond the end: it starts at the window, and a quiet log ends before that.
        before, self._end = self._end, await last_cursor(term.lane)
        if term.fence != self._fence:
            self._begin_with(await stored.read_counts(term.lane), now_ms)
            self._fence = term.fence
        elif id_order(self._end) < id_order(before):
            log.warning("log of events went back; the ranking is counted anew")
            self._begin_with({}, now_ms)

    def _begin_with(self, counts: dict[str, str], now_ms: int) -> None:
        """From the saved cursor, but not from before the window: that is a log of hours, for nothing."""
        start = f"{first_slice(now_ms) * SLICE_MS}-0"
        saved = self._ranking.restore(counts)
        if saved and id_order(saved) > id_order(self._end):  # of a log that is no more
            saved = self._ranking.restore({})
        self._cursor = max(saved, start, key=id_order) if saved else start
        self._handovers.clear()
        self._told_ms = self._saved_ms = 0

    async def _read(self, lane: Lane) -> bool:
        """Up to the end of the log, or for as long as a turn may take; True at the end."""
        end = monotonic() + TURN_SECONDS
        while monotonic() < end:
            events = await read_events(lane, self._cursor, PAGE)
            for event in events:
                self._ranking.fold(event)
                self._handovers.fold(event)
            if events:
                self._cursor = events[-1].id
            if len(events) < PAGE:
                return True
        return False

    async def _tell(self, lane: Lane, now_ms: int, until_ms: int) -> None:
        if now_ms - self._told_ms >= TOP_EVERY_MS:
            await stored.write_top(lane, self._ranking.top(now_ms, until_ms))
            self._told_ms = now_ms
        if now_ms - self._saved_ms >= SAVED_EVERY_MS:
            fields, gone = self._ranking.take_unsaved(self._cursor)
            self._saved_ms = now_ms
            try:
                await stored.save_counts(lane, fields, gone)
            except BaseException:
                self._fence = 0  # counted as saved and not known to be: begin again from what is
                raise
