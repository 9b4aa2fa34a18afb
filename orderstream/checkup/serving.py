"""The same look for the web process: before it serves, or at its first request if nobody answered then."""

import asyncio
import os
import sys
import threading
import weakref
from typing import Final

import structlog

from orderstream import conf
from orderstream.checkup.starting import PAUSE_SECONDS, refusal, refusal_once_it_answers

log = structlog.get_logger(__name__)

EXIT_UNFIT: Final = 1

_is_owed = False
_looking: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = (
    weakref.WeakKeyDictionary()
)


def refuse_unfit_server() -> None:
    """Ends the process with a sentence for each reason. In a thread: whoever imports us may have a loop."""
    global _is_owed  # one look for each process is the point
    found: list[str | None] = []
    looker = threading.Thread(target=lambda: found.append(asyncio.run(_look())))
    looker.start()
    looker.join()
    text = found[0] if found else None
    if text:
        sys.exit(text)
    _is_owed = text is None


def ensure_looked() -> None:
    """Cheap; called with each request. Under ASGI nothing announces that a process starts."""
    loop = asyncio.get_running_loop()
    if _is_owed and loop not in _looking:
        _looking[loop] = loop.create_task(_end_if_unfit(), name="look at the server")


async def _look() -> str | None:
    try:
        return await refusal(conf.lane())
    finally:
        await conf.close_lanes()


async def _end_if_unfit() -> None:
    global _is_owed
    try:
        text = await refusal_once_it_answers(conf.lane())
    except Exception:
        log.exception("the server was not looked at; asking again with a later request")
        await asyncio.sleep(PAUSE_SECONDS)
        del _looking[asyncio.get_running_loop()]
        return
    _is_owed = False
    if text:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
        # Daphne takes an exception here for that of one request, and SIGTERM for a wish: it would end with 0.
        os._exit(EXIT_UNFIT)
