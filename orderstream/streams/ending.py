"""Ends tasks for certain, where one cancellation may be lost."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterable, Iterator
from types import FrameType
from typing import Any, Final, TypeVar

T = TypeVar("T")

# Longer than a task needs to put things away, which a further cancellation would cut short.
AGAIN_SECONDS: Final = 0.25


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel until they are done; they must be leaves, which wait for no tasks of their own.

    Python 3.11's `wait_for` swallows a cancellation that comes as it ends, and redis-py sends every command
    through it: a reader then goes on as if nothing had been said.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)


def run(work: Coroutine[Any, Any, T]) -> T:
    """In an event loop of its own, as `asyncio.run`; Ctrl-C and SIGTERM end it for certain.

    Raises KeyboardInterrupt on either, once the work has put away what it held. `asyncio.run` would cancel it
    once, which may be lost, and could not reach it while it writes to a pipe that nobody reads. Only the main
    thread may call it.
    """
    with _interruptible(), asyncio.Runner() as runner:
        task = runner.get_loop().create_task(work)
        try:
            return runner.get_loop().run_until_complete(task)
        except KeyboardInterrupt:
            runner.run(end([task]))
            if not task.cancelled():
                task.exception()  # seen: asyncio would complain that nobody looked
            raise


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """A signal that is ignored stays so: a shell says that of what it starts in the background."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in (number for number, handler in before.items() if handler is not signal.SIG_IGN):
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
