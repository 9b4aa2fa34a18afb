"""Ends tasks for certain, where one cancellation may be lost."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

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
