"""Daemon threads for plain functions as handlers: a hung one freezes nothing and keeps no process alive."""

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import close_old_connections

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    run: Callable[[], object]
    context: contextvars.Context
    answer: asyncio.Future[object]


class Threads:
    """As many threads as there are calls at one time; the engine's slots bound them.

    Everything but `_serve` runs in the event loop's thread, so nothing here needs a lock. The standard
    executor does not do: Python waits for its threads at exit, and one hung handler would hang the process.
    """

    def __init__(self) -> None:
        self.on_late_return: Callable[[], None] = lambda: None
        self.on_abandoned: Callable[[], None] = lambda: None
        self.abandoned = 0
        """Calls that still run though nobody waits for them any more; each costs its slot."""
        self._idle = self._started = 0
        self._calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()

    async def run(self, function: Callable[[], object]) -> object:
        """Return or raise what `function` does. Cancelled, it leaves the call running, as any thread must."""
        call = _Call(function, contextvars.copy_context(), asyncio.get_running_loop().create_future())
        self._engage()
        self._calls.put(call)
        try:
            return await call.answer
        except asyncio.CancelledError:
            if call.answer.cancelled():  # else it has returned in the same moment
                self.abandoned += 1
                self.on_abandoned()
            raise

    @property
    def are_busy(self) -> bool:
        """A call runs, whether anybody waits for it or not."""
        return self._idle < self._started

    def _engage(self) -> None:
        if self._idle:
            self._idle -= 1
        else:
            self._started += 1
            threading.Thread(target=self._serve, name="handler", daemon=True).start()

    def _returned(self, call: _Call, value: object, error: BaseException | None) -> None:
        self._idle += 1
        if call.answer.done():
            self.abandoned -= 1
            log.info("an abandoned handler returned")
            self.on_late_return()
        elif error is None:
            call.answer.set_result(value)
        else:
            call.answer.set_exception(error)

    def _serve(self) -> None:
        while True:
            call = self._calls.get()
            value, error = _outcome_of(call)
            try:
                call.answer.get_loop().call_soon_threadsafe(self._returned, call, value, error)
            except RuntimeError:  # the loop has ended, and with it everybody who would want to know
                return


def _outcome_of(call: _Call) -> tuple[object, BaseException | None]:
    # A database connection that the server has closed since the last order would fail this one.
    close_old_connections()
    try:
        return call.context.run(call.run), None
    except StopIteration as error:  # a future refuses it: inside a coroutine it would mean "returned"
        return None, RuntimeError(f"the handler raised StopIteration: {error}")
    except BaseException as error:  # the thread must outlive whatever a handler raises
        return None, error
    finally:
        close_old_connections()
