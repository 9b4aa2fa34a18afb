"""One program kept running: spawned on a leash, its output relayed, its readiness noticed, started again
with back-off when it dies, and ended by force when it does not end by itself."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.utils.translation import gettext as _

from orderstream.stack.console import Console
from orderstream.stack.errors import StackError
from orderstream.stack.leash import leashed
from orderstream.streams.connection import AWAY

READY_POLL_SECONDS = 0.1
DEATHS_BEFORE_READY = 3  # a program that never came up this often will not come up
HURRIED_SECONDS = 5.0  # what a second Ctrl-C leaves a process before it is killed
OUTPUT_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, when it counts as ready, and how it ends."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[int], Awaitable[bool]]
    """Asked with the process id until it says yes; an unreachable server means "not yet"."""

    before_start: Callable[[], None] | None = None
    """Called before each start."""

    ready_within: timedelta = timedelta(seconds=60)
    """How long its first start may take."""

    patience: timedelta = timedelta(seconds=10)
    """How long it may take to end after SIGTERM."""

    ended_as_asked: frozenset[int] = frozenset()
    """Exit codes that say that somebody asked it to end: it stays ended."""

    last_signal: signal.Signals = signal.SIGKILL
    """What it gets when the supervisor dies without a word. Orders in hand are swept after the next start."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause before a dead process is started again: doubled each time, forgotten after a long life."""

    first: timedelta = timedelta(seconds=1)
    cap: timedelta = timedelta(seconds=30)
    forget_after: timedelta = timedelta(seconds=60)

    def pause(self, deaths: int) -> float:
        """Seconds before the start that follows the `deaths`-th death in a row."""
        return min(self.cap.total_seconds(), self.first.total_seconds() * 2.0 ** min(deaths - 1, 16))


class Process:
    """One program, from its first start to its last end."""

    def __init__(self, program: Program, console: Console, backoff: Backoff | None = None) -> None:
        self.program = program
        self.ready = asyncio.Event()
        self._console = console
        self._backoff = backoff or Backoff()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._deaths = 0

    async def keep(self) -> None:
        """Run the program until `stop`; raises StackError when it keeps dying before it was ever ready."""
        while not self._stop.is_set():
            started = monotonic()
            code = await self._run_once()
            if self._stop.is_set():
                return
            if self.ready.is_set() and code in self.program.ended_as_asked:
                await self._stay_ended()
                return
            if monotonic() - started > self._backoff.forget_after.total_seconds():
                self._deaths = 0
            self._deaths += 1
            if not self.ready.is_set() and self._deaths >= DEATHS_BEFORE_READY:
                raise StackError(
                    _("%(name)s does not start (%(end)s); its own lines above say why.")
                    % {"name": self.program.name, "end": described(code)}
                )
            await self._pause(code)

    def stop(self) -> None:
        """Ask for the end; `keep` returns when it is reached."""
        self._stop.set()

    def hurry(self) -> None:
        """A second signal and little time after it; only for what was asked to end already.

        The server has its turn later, and must not be cut short while it writes.
        """
        if self._stop.is_set():
            self._hurry.set()

    async def _stay_ended(self) -> None:
        """Until everything ends: a kept process that returns before would end the whole stack."""
        self._console.say(
            _("%(name)s ended as it was asked to; it is not started again.") % {"name": self.program.name}
        )
        await self._stop.wait()

    async def _pause(self, code: int) -> None:
        pause = self._backoff.pause(self._deaths)
        self._console.say(
            _("%(name)s ended (%(end)s); starting it again in %(pause).0f s.")
            % {"name": self.program.name, "end": described(code), "pause": pause}
        )
        await self._is_stopped_within(pause)

    async def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()

    async def _run_once(self) -> int:
        child, output = await spawn(self.program)
        relay = asyncio.create_task(self._relay(output))
        companions = [
            asyncio.create_task(self._notice_ready(child.pid)),
            asyncio.create_task(self._end_when_asked(child)),
        ]
        try:
            code = await child.wait()
        finally:
            # Whatever the child has started itself shares its group and must not outlive it.
            signal_group(child.pid, signal.SIGKILL)
            for companion in companions:
                companion.cancel()
            await asyncio.wait([relay, *companions], timeout=1)
            relay.cancel()
        return code

    async def _notice_ready(self, pid: int) -> None:
        was_ready = self.ready.is_set()
        while not await is_ready_now(self.program, pid):
            if await self._is_stopped_within(READY_POLL_SECONDS):
                return
        self.ready.set()
        if was_ready:
            self._console.say(
                _("%(name)s is back (process %(pid)d).") % {"name": self.program.name, "pid": pid}
            )

    async def _end_when_asked(self, child: asyncio.subprocess.Process) -> None:
        await self._stop.wait()
        signal_process(child.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), self.program.patience.total_seconds())
            signal_process(child.pid, signal.SIGTERM)
            await asyncio.sleep(HURRIED_SECONDS)
        signal_group(child.pid, signal.SIGKILL)
        self._console.say(_("%(name)s does not end; killing it.") % {"name": self.program.name})

    async def _relay(self, output: asyncio.StreamReader) -> None:
        """Pass on whole lines; a line longer than the chunk is cut rather than collected without bound."""
        rest = b""
        while chunk := await output.read(OUTPUT_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > OUTPUT_CHUNK:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._console.line(self.program.name, line.decode(errors="replace").rstrip("\r"))
        if rest:
            self._console.line(self.program.name, rest.decode(errors="replace"))


async def spawn(program: Program) -> tuple[asyncio.subprocess.Process, asyncio.StreamReader]:
    """Start the program in a session of its own: the terminal's Ctrl-C must reach the supervisor alone.

    The pipe is ours: asyncio's `wait` waits for its own pipes to close, and a grandchild may hold one.
    """
    if program.before_start:
        program.before_start()
    reading, writing = os.pipe()
    try:
        child = await asyncio.create_subprocess_exec(
            *leashed(program.command, program.last_signal),
            env=dict(program.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    finally:
        os.close(writing)
    output = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", buffering=0)
    )
    return child, output


async def is_ready_now(program: Program, pid: int) -> bool:
    try:
        return await program.is_ready(pid)
    except AWAY:
        return False


def signal_process(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def described(code: int) -> str:
    """A process's end in words: asyncio gives a killing signal as a negative code."""
    if code >= 0:
        return _("exit code %(code)d") % {"code": code}
    return _("killed by %(signal)s") % {"signal": signal.Signals(-code).name}
