"""Takes over what managers change while the worker runs: asks SQL in a thread when a beat names a version."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog

from orderstream import conf
from orderstream.conf import ProcessingConf
from orderstream.configuration import reading
from workers import handlers
from workers.handlers import Handler
from workers.options import WorkerOptions
from workers.threads import Threads

log = structlog.get_logger(__name__)

Adopt = Callable[[ProcessingConf, Handler], None]

ASK_AGAIN: Final = timedelta(seconds=5)
"""While SQL is away: one that hangs would keep a thread busy for ever."""


class Following:
    """Lives in the worker's loop; a database that hangs holds up nothing but the news."""

    def __init__(self, options: WorkerOptions, threads: Threads, adopt: Adopt) -> None:
        self._threads, self._adopt = threads, adopt
        self._is_handler_fixed: Final = options.is_handler_fixed
        self._path, self._handler = options.processing.handler, options.handler
        self._processing = options.processing
        self._heard = str(conf.version())
        self._look_at = time.monotonic() + reading.AGE.total_seconds()
        self._ask_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def heard(self, version: str) -> None:
        """Of each beat."""
        now = time.monotonic()
        is_asking = self._asking is not None and not self._asking.done()
        if not is_asking and now >= self._ask_at and (version != self._heard or now >= self._look_at):
            self._asking = asyncio.create_task(self._ask(version))

    async def _ask(self, version: str) -> None:
        if not await self._threads.run(reading.refresh):
            self._ask_at = time.monotonic() + ASK_AGAIN.total_seconds()
            return
        self._heard = version
        self._look_at = time.monotonic() + reading.AGE.total_seconds()
        processing = conf.processing()
        if processing == self._processing:
            return
        await self._threads.run(lambda: self._load(processing.handler))
        self._processing = processing
        self._adopt(processing, self._handler)
        log.info("configuration taken over", version=conf.version(), handler=self._path)

    def _load(self, path: str) -> None:
        """In a thread: importing a module may take its time."""
        if self._is_handler_fixed or path == self._path:
            return
        try:
            self._handler, self._path = handlers.load(path), path
        except Exception as error:  # its module may raise anything; the worker goes on with what it has
            log.error("handler not changed: it cannot be loaded here", why=str(error), handler=self._path)
