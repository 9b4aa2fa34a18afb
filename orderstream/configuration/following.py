"""Keeps the configuration of a web process fresh: at its first request, at each notice, and once a minute."""

import asyncio
import contextlib
import weakref

from orderstream.configuration import reading
from orderstream.streams.ending import end

_Tasks = weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]
_following: _Tasks = weakref.WeakKeyDictionary()
_told: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Event] = weakref.WeakKeyDictionary()


def ensure_following() -> None:
    """Cheap; called with each request. Under ASGI nothing announces that a process starts."""
    loop = asyncio.get_running_loop()
    if loop not in _following or _following[loop].done():
        _told[loop] = asyncio.Event()
        _following[loop] = loop.create_task(_follow(_told[loop]), name="configuration")


def look_soon() -> None:
    """A change was announced, or an announcement may have been missed."""
    told = _told.get(asyncio.get_running_loop())
    if told is not None:
        told.set()


async def stop_following() -> None:
    task = _following.pop(asyncio.get_running_loop(), None)
    if task is not None:
        await end([task])


async def _follow(told: asyncio.Event) -> None:
    while True:
        told.clear()
        await asyncio.to_thread(reading.refresh_apart)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(reading.AGE.total_seconds()):
                await told.wait()
