"""Looks at a run while it goes on: memory and open files of each process, and whether the totals add up."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from orderstream.streams.connection import AWAY, StreamError
from orderstream.streams.ending import end
from orderstream.streams.lane import Lane
from tests.chaos.facts import Measured
from tests.chaos.views import STATUSES
from tests.waiting import passed

EVERY_SECONDS: Final = 0.5
ASK_SECONDS: Final = 2.0
YOUNG: Final = 10
"""Samples after which a process has opened what it needs: what it has open then is compared with the end."""


class Process(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def pid(self) -> int | None: ...


class World(Protocol):
    @property
    def lane(self) -> Lane: ...
    def all_processes(self) -> Iterable[Process]: ...


@dataclass(slots=True)
class _Seen:
    pid: int = 0
    samples: int = 0
    resident: int = 0
    files_before: int = 0
    files: int = 0

    def take(self, pid: int, resident: int, files: int) -> None:
        if pid != self.pid:
            self.pid, self.samples, self.files_before = pid, 0, files
        self.samples += 1
        if self.samples <= YOUNG:
            self.files_before = max(self.files_before, files)
        self.resident, self.files = max(self.resident, resident), files


@dataclass(slots=True)
class Samples:
    """What was seen so far; the three properties are what `facts.read` wants."""

    snapshots: int = 0
    unbalanced: list[str] = field(default_factory=list)
    _seen: dict[str, _Seen] = field(default_factory=dict)

    @property
    def processes(self) -> Mapping[str, Measured]:
        return {name: Measured(s.resident, s.files_before, s.files) for name, s in self._seen.items()}

    def measure(self, world: World) -> None:
        for process in world.all_processes():
            pid = process.pid
            with suppress(OSError, IndexError):  # between two incarnations
                if pid is not None:
                    self._seen.setdefault(process.name, _Seen()).take(pid, _resident(pid), _files(pid))

    async def weigh(self, world: World) -> None:
        """One snapshot of the totals (I7)."""
        with suppress(*AWAY, StreamError, TimeoutError):
            async with asyncio.timeout(ASK_SECONDS):
                totals = await world.lane.client.hgetall(world.lane.keys.totals)
            came = sum(int(totals.get(name, 0)) for name in ("n_placed", "n_adopted"))
            are = sum(int(totals.get(status, 0)) for status in STATUSES)
            self.snapshots += 1
            if came != are:
                self.unbalanced.append(f"{came} came, {are} are there: {totals}")


@asynccontextmanager
async def sampling(world: World) -> AsyncIterator[Samples]:
    """Twice a second, for as long as the block runs."""
    samples = Samples()
    task = asyncio.create_task(_sample(world, samples))
    try:
        yield samples
    finally:
        await end([task])  # redis-py may swallow a cancellation
    if not task.cancelled() and (error := task.exception()):
        raise error


async def _sample(world: World, samples: Samples) -> None:
    while True:
        samples.measure(world)
        await samples.weigh(world)
        await passed(EVERY_SECONDS)


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))
