"""Runs several worker processes under one parent: forwards signals and starts a dead one again."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

import structlog

from workers.shutdown import EXIT_STOPPED

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
GOOD_RUN_SECONDS: Final = 30.0
"""A child that ran this long died of something new: its successor starts at once."""
EXIT_USAGE: Final = 2
ENDED_AS_ASKED: Final = frozenset({0, EXIT_STOPPED})
"""It was told to end or was done; an operator who drained or stopped it does not want another."""


class Supervisor:
    """Children live in sessions of their own: a Ctrl-C reaches them through us, once, not twice."""

    def __init__(self, command: Sequence[str], processes: int) -> None:
        self._command: Final = [*command, "--parent", str(os.getpid())]
        self._processes: Final = processes
        self.children: set[asyncio.subprocess.Process] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """The exit code: 0 when every child ended as asked, else the highest of theirs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._forward, number)
        codes = await asyncio.gather(*(self._keep_running(n) for n in range(1, self._processes + 1)))
        return max(codes)

    def _forward(self, number: signal.Signals) -> None:
        self._stopping.set()
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)

    async def _keep_running(self, number: int) -> int:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await self._run_once()
            # 2: the next one would not understand its options either.
            if code == EXIT_USAGE or self._stopping.is_set():
                return code
            if code in ENDED_AS_ASKED:
                log.info("worker process ended as asked; not started again", number=number, exit_code=code)
                return code
            if time.monotonic() - began > GOOD_RUN_SECONDS:
                pause = FIRST_PAUSE
            log.error(
                "worker process died; starting it again", number=number, exit_code=code, in_seconds=pause
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return code
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run_once(self) -> int:
        child = await asyncio.create_subprocess_exec(*self._command, start_new_session=True)
        self.children.add(child)
        if self._stopping.is_set():  # asked while it was being started
            child.terminate()
        try:
            code = await child.wait()
        finally:
            self.children.discard(child)
        return code if code >= 0 else 128 - code  # as a shell says it: 128 + signal


def command_of_this_process(arguments: Sequence[str]) -> list[str]:
    """How to start this very program again with other arguments."""
    program = sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]  # -W ignore manage.py, or -m django
    return [sys.executable, *program, *arguments]
