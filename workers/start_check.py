"""The look at the server as a worker or keeper starts; while nobody answers it goes on beside the work."""

import asyncio
import sys
from collections.abc import Callable

from orderstream.checkup.starting import refusal, refusal_once_it_answers
from orderstream.streams.ending import end
from orderstream.streams.lane import Lane


class StartCheck:
    """`stop` ends the work that began while the server was away, where it turns out to be unfit."""

    def __init__(self, lane: Lane, stop: Callable[[], None]) -> None:
        self._lane, self._stop = lane, stop
        self._later: asyncio.Task[None] | None = None
        self.is_refused = False

    async def is_passed(self) -> bool:
        """True also while it is not known."""
        text = await refusal(self._lane)
        if text is None:
            self._later = asyncio.create_task(self._look_later())
        return not self._is_told(text or "")

    async def close(self) -> None:
        if self._later is not None:
            await end([self._later])

    async def _look_later(self) -> None:
        if self._is_told(await refusal_once_it_answers(self._lane)):
            self._stop()

    def _is_told(self, text: str) -> bool:
        if text:
            self.is_refused = True
            sys.stderr.write(f"{text}\n")
        return self.is_refused
