"""Takes this worker's turns at sweeping, one at a time, and says what was put back."""

import asyncio
from typing import Final

import structlog

from orderstream.streams import sweeping
from orderstream.streams.connection import explain
from orderstream.streams.ending import end
from workers.source import TROUBLE

log = structlog.get_logger(__name__)

QUIET: Final = frozenset({"fine", "held", "calm", "undelivered", "twice"})
"""Answers to orders that were left as they are."""


class Sweeper:
    """Lives in the loop of the beat, so that a handler which blocks the worker's loop stops no sweep."""

    def __init__(self, sweeper: sweeping.Sweeper) -> None:
        self._sweeper = sweeper
        self._turn: asyncio.Task[None] | None = None
        self._is_failing = False

    def take_turn(self) -> None:
        """Start a turn, unless the last one still goes on."""
        if self._turn is None or self._turn.done():
            self._turn = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._turn is not None:
            await end([self._turn])

    async def _sweep(self) -> None:
        try:
            codes = await self._sweeper.turn()
        except TROUBLE as error:  # the next turn is another worker's, or ours
            log.debug("turn at sweeping failed", why=explain(error))
            return
        except Exception:
            if not self._is_failing:  # once at the edge: turns come every other second
                log.exception("sweeping fails; it is tried again at each turn")
            self._is_failing = True
            return
        self._is_failing = False
        changed = {code: count for code, count in codes.items() if count and code not in QUIET}
        if changed:
            log.warning("orders put back", **changed)
