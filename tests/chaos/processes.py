"""One process of the run: started on a leash and again whenever it dies; faults stop and kill it."""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orderstream.stack.leash import leashed
from tests.waiting import passed

ROOT: Final = Path(__file__).resolve().parents[2]
PAUSE_SECONDS: Final = 0.3
ENDS_WITHIN_SECONDS: Final = 6.0


@dataclass(frozen=True, slots=True)
class Death:
    """`code` as the operating system tells it: negative is the signal. `is_asked`: SIGTERM was sent to it.
    `lived`: seconds."""

    at: float
    name: str
    pid: int
    code: int
    is_asked: bool
    lived: float


@dataclass(slots=True, eq=False)
class Supervised:
    """`name` is that of all its incarnations. `taken` is held by the fault that works on it."""

    name: str
    kind: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    taken: asyncio.Lock = field(default_factory=asyncio.Lock)
    deaths: list[Death] = field(default_factory=list)
    next_pause: float = PAUSE_SECONDS
    """Seconds until it is started again, this once; a fault may say more."""
    _asked: int | None = None
    _process: asyncio.subprocess.Process | None = None
    _keeping: "asyncio.Task[None] | None" = None

    @property
    def pid(self) -> int | None:
        """None between two incarnations."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def stop(self) -> None:
        """For good: asked first, killed when it does not end."""
        if self._keeping is None:
            return
        process = self._process
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), ENDS_WITHIN_SECONDS)
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    def send(self, number: signal.Signals) -> bool:
        """False when there is nobody to send it to at this moment."""
        pid = self.pid
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            if number is signal.SIGTERM:
                self._asked = pid
            return True
        return False

    async def new_incarnation(self, after: int | None, within: float) -> bool:
        """Wait until another than `after` runs."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.pid not in {None, after}:
                return True
            await passed(0.05)
        return False

    async def _keep(self) -> None:
        while True:
            began = time.monotonic()
            with self.log.open("ab") as out:
                self._process = await asyncio.create_subprocess_exec(
                    *leashed(self.command, signal.SIGKILL),
                    cwd=ROOT,
                    env=dict(self.environment),
                    stdout=out,
                    stderr=out,
                )
            code = await self._process.wait()
            pid, lived = self._process.pid, time.monotonic() - began
            self.deaths.append(Death(time.time(), self.name, pid, code, pid == self._asked, lived))
            pause, self.next_pause = self.next_pause, PAUSE_SECONDS
            await passed(pause)
