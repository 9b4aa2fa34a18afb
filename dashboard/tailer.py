"""Reads the log of events and the figures, once for all sockets of an event loop, and keeps the picture true.

Bounded however fast orders flow: a page of events per frame; if there is more, the newest rows anew.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Final

import structlog

from dashboard.clock import ServerClock
from dashboard.cursors import Cursor
from dashboard.figures import FiguresReader
from dashboard.pace import Pace
from dashboard.picture import Picture
from dashboard.renewal import renew
from orderstream.streams.connection import AWAY, BLOCK_MS, explain
from orderstream.streams.events_log import read_events
from orderstream.streams.lane import Lane

logger = structlog.get_logger(__name__)

PAGE: Final = 250  # events: folding one is some 30 µs, reading the 50 newest orders whole about 5 ms
FIGURES_EVERY_SECONDS: Final = 1.0
FIRST_WAIT_SECONDS: Final = 0.05
LONGEST_WAIT_SECONDS: Final = 2.0


class Tailer:
    """One reader, one task. `waiting_lane` is the lane over a connection of its own, which may block."""

    def __init__(
        self,
        lane: Lane,
        waiting_lane: Lane,
        picture: Picture,
        clock: ServerClock,
        pace: Pace,
        publish: Callable[[], Awaitable[None]],
    ) -> None:
        self._lane, self._waiting_lane = lane, waiting_lane
        self._picture, self._clock, self._pace, self._publish = picture, clock, pace, publish
        self._figures = FiguresReader()
        self._figures_due = 0.0
        self._away_since: float | None = None
        self.has_looked = asyncio.Event()
        """Set once Redis answered or did not: there is something to tell a client."""

    async def run(self) -> None:
        """Until cancelled; nothing that Redis does or says ends it."""
        waits = _waits()
        while True:
            try:
                # Whole, not from the cursor: after an outage the log may be another one, with other orders.
                await self._read_anew()
                waits = _waits()
                while True:
                    await self._turn()
            except Exception as error:
                await self._lost(error)
                await asyncio.sleep(next(waits))

    async def close(self) -> None:
        await self._waiting_lane.client.aclose()

    async def _read_anew(self) -> None:
        await renew(self._picture.board, self._lane)
        await self._read_figures()
        self._regained()
        self.has_looked.set()
        await self._publish()

    async def _turn(self) -> None:
        """Wait for events until figures are due, and send what came of either."""
        after, patience_ms = str(self._picture.board.cursor), self._patience_ms()
        events = await read_events(self._waiting_lane, after, PAGE, block_ms=patience_ms)
        if events:
            gaps = [event for event in events if not self._picture.board.fold(event)]
            if gaps or len(events) == PAGE:
                await renew(self._picture.board, self._lane)
        if self._patience_ms() == 1 and await self._read_figures() < self._picture.board.cursor:
            logger.warning("log of events went back; showing what is there now")
            await renew(self._picture.board, self._lane)
        await self._publish()
        # What happens meanwhile comes at once with the next page: reads are as bounded as frames.
        await asyncio.sleep(self._pace.interval)

    def _patience_ms(self) -> int:
        """Until figures are due: 1 when they are, for 0 would wait for ever."""
        return max(1, min(BLOCK_MS, int((self._figures_due - time.monotonic()) * 1000)))

    async def _read_figures(self) -> Cursor:
        """The end of the log at that moment."""
        now = time.monotonic()
        self._figures_due = now + FIGURES_EVERY_SECONDS
        reading = await self._figures.read(self._lane, now)
        self._clock.read(reading.now_ms)
        self._picture.show(reading.figures, reading.workers)
        return Cursor.parse(reading.cursor)

    async def _lost(self, error: Exception) -> None:
        """What was known stays on the boards, marked; said once at the edge."""
        if self._away_since is not None:
            return
        self._away_since = time.monotonic()
        if isinstance(error, AWAY):
            logger.warning("redis lost; boards keep what they show", why=explain(error))
        else:
            logger.error("feed cannot read; trying anew", exc_info=error)
        self._picture.show(replace(self._picture.figures, redis="away"), self._picture.workers)
        self.has_looked.set()
        await self._publish()

    def _regained(self) -> None:
        if self._away_since is not None:
            logger.info("redis regained", away_seconds=round(time.monotonic() - self._away_since, 1))
            self._away_since = None


def _waits() -> Iterator[float]:
    """Seconds before each further try: doubling, with jitter lest all web processes come at once."""
    ceiling = FIRST_WAIT_SECONDS
    while True:
        yield random.uniform(ceiling / 2, ceiling)  # noqa: S311 no secret
        ceiling = min(ceiling * 2, LONGEST_WAIT_SECONDS)
