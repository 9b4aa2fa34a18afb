"""How a worker ends: asked once it drains, asked twice or to stop it hands back, and 2 s later it is gone."""

import asyncio
import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any, Final, NoReturn, Protocol

import structlog

log = structlog.get_logger(__name__)

FORCE_AFTER: Final = timedelta(seconds=1.5)
"""From handing back to the end by force. Two seconds are promised (I16); ending takes some itself."""

BACKSTOP: Final = timedelta(seconds=0.25)
"""From the end by force to one that asks no lock of Python's, in case the first one waits."""

EXIT_FORCED: Final = 1
EXIT_STOPPED: Final = 3
"""Something is left to the sweep, but an operator stopped this worker: no other is to be started for it."""

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Stoppable(Protocol):
    """What can be ended in two steps; both are called in its event loop, and may come again."""

    def drain(self) -> None: ...

    def hand_back(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """That the worker ends. `stops`: an operator's, who does not want it to finish what it has in hand."""

    why: str
    stops: bool = False


class Shutdown:
    """Waits for the wish to end in a thread of its own, so that a stalled event loop cannot stop it.

    Signal handlers only put into a queue: SimpleQueue.put is reentrant, while a lock or an Event
    could be held by the very code that the signal interrupts.
    """

    def __init__(self, drain: timedelta, *, end: Callable[[int], None] | None = None) -> None:
        self._drain: Final = drain
        self._end: Final = end or end_at_once
        self._wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._is_stopped = False
        self._earned: int | None = None
        self._ends = True
        self._deciding = threading.Lock()  # whether something still hangs, or all is over
        self._listened_before: dict[signal.Signals, Any] = {}

    def ask(self, why: str) -> None:
        """The first time: drain. The second time: hand back at once. From any thread or signal handler."""
        self._wishes.put(Wish(why))

    def stop(self, why: str) -> None:
        """Hand back at once, whatever was asked before."""
        self._is_stopped = True
        self._wishes.put(Wish(why, stops=True))

    def is_over(self, code: int, *, ends: bool) -> None:
        """Nothing is in hand any more. What still keeps the process from ending is cut off with this code:
        Python joins all threads that a handler has started, however long they hang. Without `ends` the
        process goes on, and nobody may cut it off.
        """
        with self._deciding:
            self._earned, self._ends = code, ends
            if self._end is end_at_once:
                faulthandler.cancel_dump_traceback_later()
        self._wishes.put(Wish("its work is over", stops=True))

    @property
    def exit_if_not_clean(self) -> int:
        return EXIT_STOPPED if self._is_stopped else EXIT_FORCED

    def listen(self) -> None:
        """Take SIGTERM and SIGINT; only the main thread may."""
        for number in SIGNALS:
            self._listened_before[number] = signal.signal(number, self._on_signal)

    def leave(self) -> None:
        """Signals go to whoever took them before."""
        for number, handler in self._listened_before.items():
            signal.signal(number, handler)

    def guard(self, work: Stoppable) -> None:
        """Start watching over `work`, which runs in the current event loop."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._watch, args=(work, loop), name="shutdown", daemon=True).start()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.ask(signal.Signals(number).name)

    def _watch(self, work: Stoppable, loop: asyncio.AbstractEventLoop) -> None:
        wish: Wish | None = self._wishes.get()
        if wish and not wish.stops:
            log.info("draining", why=wish.why, seconds=self._drain.total_seconds())
            _call(loop, work.drain)
            wish = self._wish_within(self._drain)
        with self._deciding:
            is_early = self._earned is None
            if is_early and self._end is end_at_once:
                # Our own end may wait for a lock that hung code holds, as a log line may: this needs none.
                faulthandler.dump_traceback_later((FORCE_AFTER + BACKSTOP).total_seconds(), exit=True)
        if is_early:
            log.warning("handing back what is in hand", why=wish.why if wish else "the drain time is over")
            _call(loop, work.hand_back)
        time.sleep(FORCE_AFTER.total_seconds())
        with self._deciding:
            if self._earned is None:
                log.error("ended by force: a handler hangs; its order goes to another worker")
                self._end(self.exit_if_not_clean)
            elif self._ends:
                self._end(self._earned)

    def _wish_within(self, patience: timedelta) -> Wish | None:
        try:
            return self._wishes.get(timeout=patience.total_seconds())
        except queue.Empty:
            return None


def end_at_once(code: int) -> NoReturn:
    """Without asking any thread, but with the last log lines written, if nobody holds them up."""
    backstop = threading.Timer(BACKSTOP.total_seconds(), os._exit, (code,))
    backstop.daemon = True
    backstop.start()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended by itself meanwhile
        loop.call_soon_threadsafe(function)
