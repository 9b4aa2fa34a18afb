"""One worker process from its start to its end: puts the parts together and gives the exit code."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog

import orderstream
from orderstream import conf
from orderstream.conf import ProcessingConf
from orderstream.domain.outcomes import RetryPolicy
from orderstream.streams.connection import BLOCK_MS, connect, explain
from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Beat, retire
from workers.configuration import Following
from workers.engine import Engine, Pace
from workers.executor import awaitable
from workers.hand import Hand
from workers.handlers import Handler, is_async
from workers.liveness import Ears, Liveness, Rhythm
from workers.names import name_of_this_start
from workers.options import WorkerOptions
from workers.reconnecting import Connectedness
from workers.shutdown import Shutdown, end_at_once
from workers.source import GRACE, TROUBLE, RedisSource, Terms
from workers.start_check import StartCheck
from workers.supervisor import EXIT_USAGE
from workers.threads import Threads
from workers.work import Work

log = structlog.get_logger(__name__)

EXIT_DONE: Final = 0
EXIT_FAILED: Final = 1
"""Something is left to the sweep, or the worker could not go on; its supervisor starts another."""


class WorkerProcess:
    """Made in the main thread before the event loop runs: signals are taken from the first moment."""

    def __init__(self, options: WorkerOptions, *, owns_process: bool) -> None:
        """`owns_process`: nothing is to go on in it when the worker has ended."""
        self._options = options
        self._owns_process = owns_process
        self._name = name_of_this_start(options.name)
        self._started_at = time.time()
        self._shutdown = Shutdown(options.processing.drain)
        self._threads = Threads()
        self._is_stop_asked = False
        self._has_failed = False

    def run(self) -> int:
        """The exit code: 0 when nothing of its is left behind."""
        self._shutdown.listen()
        try:
            code = asyncio.run(self._work_or_say_why_not())
        finally:
            if not self._owns_process:
                self._shutdown.leave()
        if self._owns_process and self._threads.are_busy:
            # Python's own way out stops threads wherever they are, and may wait for what they hold.
            end_at_once(code)
        return code

    async def _work_or_say_why_not(self) -> int:
        try:
            return await self._work()
        except Exception:  # an error of ours
            code = self._shutdown.exit_if_not_clean
            # First: what a handler left hanging can hold up the words as well as the way out.
            self._shutdown.is_over(code, ends=self._owns_process)
            log.exception("the worker cannot go on")
            if not self._owns_process:
                raise
            return code

    async def _work(self) -> int:
        options = self._options
        lane = conf.lane()
        reader = connect(conf.stream().redis_url, blocking=True)
        if options.once and not await _is_there(lane):
            return EXIT_FAILED
        check = StartCheck(lane, partial(self._shutdown.stop, "the server is unfit"))
        if not await check.is_passed():
            await conf.close_lanes()
            return EXIT_USAGE
        connectedness = Connectedness()
        threads = self._threads
        self._hand = Hand(options.concurrency, lambda: threads.abandoned)
        threads.on_late_return, threads.on_abandoned = self._hand.changed, partial(self._check_slots, threads)
        deliveries = Deliveries(lane, self._name)
        self._source = RedisSource(deliveries, partial(deliveries.read, reader), _terms(options.processing))
        work = self._engine_work(options.processing, options.handler)
        self._engine = Engine(self._source, work, self._pace(), self._hand, connectedness)
        self._following = Following(options, threads, self._adopt)
        self._engine.on_hung = partial(self._check_slots, threads)
        self._shutdown.guard(self._engine)
        self._liveness = liveness = Liveness(
            self._name,
            _rhythm(options.processing),
            conf.lane,
            Ears(self._card, self._told, self._fail, self._stop),
            connectedness,
            parent=options.parent,
        )
        log.info("worker started", name=self._name, concurrency=options.concurrency)
        liveness.start()
        try:
            is_clean = await self._engine.run()
        finally:
            await check.close()
            await liveness.stop()
            await self._retire(lane)
            await reader.aclose()
            await conf.close_lanes()
        log.info("worker ended", name=self._name, completed=self._engine.tally.completed)
        code = EXIT_DONE if is_clean and not self._has_failed else self._shutdown.exit_if_not_clean
        if check.is_refused:
            code = EXIT_USAGE
        if self._hand.hung:
            # asyncio would wait for these tasks, which have shown that they do not end.
            if not self._owns_process:
                log.error("the whole process is ended: a handler ignores its end")
                code = code or EXIT_FAILED
            end_at_once(code)
        self._shutdown.is_over(code, ends=self._owns_process)
        return code

    def _pace(self) -> Pace:
        processing = self._options.processing
        return Pace(timedelta(milliseconds=BLOCK_MS), processing.sweep_interval, once=self._options.once)

    def _engine_work(self, processing: ProcessingConf, handler: Handler) -> Work:
        return Work(
            awaitable(handler, self._threads),
            RetryPolicy(
                processing.attempts, processing.backoff_base, processing.backoff_cap, processing.time_limit
            ),
            is_cancellable=is_async(handler),
        )

    def _adopt(self, processing: ProcessingConf, handler: Handler) -> None:
        """What a manager has changed, for the orders begun from now on."""
        self._source.terms = _terms(processing)
        self._engine.adopt(self._engine_work(processing, handler))
        self._liveness.adopt(_rhythm(processing))

    def _card(self) -> Mapping[str, Any]:
        """What is shown of this worker; asked for in the thread of the beat, so it only reads."""
        tally = self._engine.tally
        p95_ms = tally.times.percentile_ms(0.95)
        return {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": f"{self._started_at:.3f}",
            "concurrency": self._hand.capacity,
            "in_flight": len(self._hand),
            "completed": tally.completed,
            "failed": tally.failed,
            "busy_ms": tally.busy_ms,
            # Empty: nothing completed within the last minute.
            "p95_ms": "" if p95_ms is None else p95_ms,
            "version": orderstream.__version__,
            "mode": self._engine.mode,
        }

    def _told(self, beat: Beat) -> None:
        self._engine.told(beat)
        self._following.heard(beat.config_version)

    def _stop(self) -> None:
        if not self._is_stop_asked:
            self._is_stop_asked = True
            self._shutdown.stop("an operator asked it to stop")

    def _check_slots(self, threads: Threads) -> None:
        if threads.abandoned + self._hand.hung >= self._hand.capacity and self._engine.mode != "draining":
            self._fail("every slot is held by a hung handler")

    def _fail(self, why: str) -> None:
        """End, with an exit code that makes a supervisor start another."""
        self._has_failed = True
        self._shutdown.ask(why)

    async def _retire(self, lane: Lane) -> None:
        with contextlib.suppress(*TROUBLE):  # then the sweeper of another worker does it
            if not await retire(lane, self._name):
                log.warning("not retired: entries are pending for it", name=self._name)


def _terms(processing: ProcessingConf) -> Terms:
    return Terms(conf.default_tuning().lease, processing.time_limit, processing.attempts)


def _rhythm(processing: ProcessingConf) -> Rhythm:
    return Rhythm(
        processing.beat,
        conf.default_tuning().lease,
        processing.sweep_interval,
        processing.attempts,
        processing.backoff_base,
        patience=processing.time_limit + GRACE,
    )


async def _is_there(lane: Lane) -> bool:
    """Whoever waits for `--once` to end wants to know now that Redis is away, not when it is back."""
    try:
        await lane.now_ms()
    except TROUBLE as error:
        log.error("nothing processed", why=explain(error))
        return False
    return True
