"""Waits for conditions; the only place in the tests that sleeps."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
Condition = Callable[[], T | Awaitable[T]]
POLL_SECONDS = 0.01
# Only ends what hangs, also where a process starts on a busy machine; a promise of time has its own.
LONGEST_SECONDS = 40.0


async def wait_until(
    condition: Condition[T],
    timeout: float = LONGEST_SECONDS,
    *,
    ignoring: type[Exception] | tuple[type[Exception], ...] = (),
) -> T:
    """Ask again and again until the answer is true, and return it; the condition may be a coroutine function.

    `ignoring`: errors that only mean "not yet".
    """
    end = time.monotonic() + timeout
    while True:
        failed: Exception | None = None
        try:
            answer = condition()
            value = await answer if inspect.isawaitable(answer) else answer
            if value:
                return value
        except ignoring as error:
            failed = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {_words(condition)}") from failed
        await asyncio.sleep(POLL_SECONDS)


def wait_until_now(
    condition: Callable[[], T],
    timeout: float = LONGEST_SECONDS,
    *,
    ignoring: type[Exception] | tuple[type[Exception], ...] = (),
) -> T:
    """The same where no event loop runs."""
    end = time.monotonic() + timeout
    while True:
        failed: Exception | None = None
        try:
            if value := condition():
                return value
        except ignoring as error:
            failed = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {_words(condition)}") from failed
        time.sleep(POLL_SECONDS)


async def passed(seconds: float) -> None:
    """Let time go by: only for what is measured over a span, never in place of a condition."""
    await asyncio.sleep(seconds)


def _words(condition: object) -> str:
    """The condition's own source, so that a time-out says what was waited for."""
    try:
        return inspect.getsource(condition).strip()  # type: ignore[arg-type]
    except (OSError, TypeError):
        return repr(condition)
