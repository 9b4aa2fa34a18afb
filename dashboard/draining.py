"""Gives sockets a moment between SIGTERM and the server's own end, which drops them without a word.

Daphne has no lifespan and cancels every application as soon as its reactor stops. So the signal is chained:
first the sockets are seen off, then the handler that was there before (Twisted's, uvicorn's) gets it.
"""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, Final

import structlog

logger = structlog.get_logger(__name__)

# The whole detour; whatever happens in it, the process ends after this.
LONGEST_SECONDS: Final = 2.0
SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Draining:
    """Between `begin` and `end` a signal first calls `drain`, in the event loop that began."""

    def __init__(self, drain: Callable[[], Awaitable[None]]) -> None:
        self._drain = drain
        self._before: dict[int, Any] = {}
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop
        self.has_begun = False

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        # Python hands signals to the main thread alone; a server in another thread has its own end.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                before = signal.getsignal(number)
                # Not a function: nobody handles it, and the default ends the process at once, as asked.
                if callable(before):
                    self._before[number] = before
                    signal.signal(number, self._received)

    def end(self) -> None:
        for number, before in self._before.items():
            if signal.getsignal(number) == self._received:
                signal.signal(number, before)

    def _received(self, number: int, frame: FrameType | None) -> None:
        if self.has_begun:  # the second Ctrl-C is meant as said
            self._before[number](number, frame)
            return
        self.has_begun = True
        self._loop.call_soon_threadsafe(self._see_off, number)

    def _see_off(self, number: int) -> None:
        self._task = self._loop.create_task(self._drain_then_pass_on(number), name="feed draining")

    async def _drain_then_pass_on(self, number: int) -> None:
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._drain()
        except Exception:
            logger.exception("sockets not seen off")
        finally:
            self._before[number](number, None)
