"""Starts the programs stage by stage, each until it is ready, keeps them running, and ends them in the
opposite order; decides what a signal means."""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, NoReturn, TypeVar

from django.utils.translation import gettext as _

from orderstream.stack.console import Console
from orderstream.stack.errors import StackError
from orderstream.stack.processes import Backoff, Process, Program

T = TypeVar("T")
# `make` passes a SIGTERM on that the whole group has got already: two signals this close are one wish.
SAME_WISH = timedelta(seconds=0.5)


class StoppedError(Exception):
    """Somebody asked for the end while the stack was still starting."""


@dataclass(slots=True)
class Running:
    """A process and the task that keeps it."""

    process: Process
    task: asyncio.Task[None]


class Supervisor:
    """Used as an async context: whatever way it is left, no process is left behind."""

    def __init__(
        self,
        console: Console,
        *,
        backoff: Backoff | None = None,
        same_wish: timedelta = SAME_WISH,
    ) -> None:
        self._console = console
        self._backoff = backoff or Backoff()
        self._same_wish = same_wish
        self._stages: list[list[Running]] = []
        self._stop = asyncio.Event()
        self._asked_at: float | None = None

    async def __aenter__(self) -> "Supervisor":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.ask_to_stop)
        return self

    async def __aexit__(self, *given: object) -> None:
        # The last stage first: the server goes when nobody needs it any more.
        for stage in reversed(self._stages):
            await end(stage)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)

    def ask_to_stop(self) -> None:
        """The first time everything drains; the second time it has to hurry."""
        now = monotonic()
        if self._asked_at is None:
            self._asked_at = now
            self._console.say(_("Stopping: orders in hand are finished first. Ctrl-C again to hurry."))
            self._stop.set()
        elif now - self._asked_at > self._same_wish.total_seconds():
            self._console.say(_("Hurrying: orders in hand are given back."))
            for running in self._all():
                running.process.hurry()

    async def start(self, programs: Sequence[Program]) -> None:
        """Start one stage and wait until all of it is ready; raises StackError or StoppedError."""
        stage = [self._launched(program) for program in programs]
        self._stages.append(stage)
        within = max(program.ready_within for program in programs)
        try:
            await self.first(all_ready(stage), within)
        except TimeoutError:
            raise StackError(late(stage, within)) from None

    async def first(self, goal: Coroutine[Any, Any, T], within: timedelta | None) -> T:
        """What the goal gives, unless a stop, too long a wait or a process that gave up comes first."""
        wanted = asyncio.create_task(goal)
        stop = asyncio.create_task(self._stop.wait())
        kept = {running.task for running in self._all()}
        try:
            done, _rest = await asyncio.wait(
                {wanted, stop, *kept},
                timeout=within.total_seconds() if within else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stop.cancel()
            if not wanted.done():
                await cancelled(wanted)
        if stop in done:
            raise StoppedError
        for task in kept & done:
            task.result()
        if wanted not in done:
            raise TimeoutError
        return wanted.result()

    async def until_stopped(self) -> NoReturn:
        """Raises StoppedError, or what a process could not be kept running for."""
        await self.first(asyncio.Event().wait(), None)
        raise StoppedError

    def _launched(self, program: Program) -> Running:
        process = Process(program, self._console, self._backoff)
        return Running(process, asyncio.create_task(process.keep()))

    def _all(self) -> list[Running]:
        return [running for stage in self._stages for running in stage]


async def all_ready(stage: Sequence[Running]) -> None:
    for running in stage:
        await running.process.ready.wait()


async def end(stage: Sequence[Running]) -> None:
    """Ask every process of the stage to end and wait until all have."""
    if not stage:
        return
    for running in stage:
        running.process.stop()
    await asyncio.wait([running.task for running in stage])


async def cancelled(work: asyncio.Task[T]) -> None:
    """Cancel and see it end, so that what it holds is given back before we go on."""
    work.cancel()
    await asyncio.wait([work])


def late(stage: Sequence[Running], allowed: timedelta) -> str:
    names = [running.process.program.name for running in stage if not running.process.ready.is_set()]
    return _("%(names)s: not ready after %(seconds).0f seconds; the lines above may say why.") % {
        "names": ", ".join(names),
        "seconds": allowed.total_seconds(),
    }
