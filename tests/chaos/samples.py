"""Looks at a run while it goes on: memory and open files of each process, whether the totals add up, and
whether every unfinished order is to be found."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

from orderstream.streams.codec import pairs
from orderstream.streams.connection import AWAY, StreamError
from orderstream.streams.ending import end
from orderstream.streams.lane import Lane
from tests.chaos.facts import UNFINISHED, Astray, Happening, Lifetime, Looks, Measured
from tests.chaos.growth import EDGE_SECONDS, first_burst
from tests.chaos.views import STATUSES
from tests.waiting import passed

EVERY_SECONDS: Final = 0.25
"""What the next sweep mends is there for a second at most."""
ASK_SECONDS: Final = 2.0
COURSE_SECONDS: Final = 2.0
"""From one point of a process's course to the next."""
OPENED_SECONDS: Final = 120.0
"""By then load has opened the connections that it asks for."""
YOUNG: Final = 20
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
    began: float = 0.0
    courses: list[tuple[int, list[tuple[float, int]]]] = field(default_factory=list)

    def take(self, pid: int, resident: int, files: int) -> None:
        now = time.monotonic()
        if pid != self.pid:
            self.pid, self.samples, self.files_before = pid, 0, files
            self.began = now
            self.courses.append((round(time.time() * 1000), []))
        if not (course := self.courses[-1][1]) or now - self.began - course[-1][0] >= COURSE_SECONDS:
            course.append((now - self.began, resident))
        self.samples += 1
        if self.samples <= YOUNG:
            self.files_before = max(self.files_before, files)
        self.resident, self.files = max(self.resident, resident), files


@dataclass(slots=True)
class Samples:
    """What was seen so far, as `facts.read` wants it."""

    totals: int = 0
    """How often they were looked at; `places`: and where the unfinished were, where the lag was known."""
    places: int = 0
    unbalanced: list[str] = field(default_factory=list)
    astray: list[Astray] = field(default_factory=list)
    connections: list[tuple[float, int]] = field(default_factory=list)
    """To the server, by the time of day in seconds."""
    _began: float = field(default_factory=time.time)
    _found_all_ms: int | None = 0
    """When none was astray, last; None while some are."""
    _seen: dict[str, _Seen] = field(default_factory=dict)

    @property
    def processes(self) -> Mapping[str, Measured]:
        return {name: Measured(s.resident, s.files_before, s.files) for name, s in self._seen.items()}

    @property
    def lifetimes(self) -> Sequence[Lifetime]:
        return [
            Lifetime(name, began, course) for name, s in self._seen.items() for began, course in s.courses
        ]

    @property
    def looks(self) -> Looks:
        return Looks(time.time() - self._began, self.totals, self.places)

    def warm_connections(self, happenings: Iterable[Happening]) -> int:
        """The most of them until load had asked for what it does, and what the first burst added for good."""
        warm_at, burst = self._began + OPENED_SECONDS, first_burst(happenings)
        if burst is None:
            return max(self._connections_within(self._began, warm_at), default=0)
        began, over = burst.began_ms / 1000, burst.healed_ms / 1000
        before = self._connections_within(began - EDGE_SECONDS, began)
        after = self._connections_within(over, over + EDGE_SECONDS)
        added = round(median(after) - median(before)) if before and after else 0
        return max(self._connections_within(self._began, min(warm_at, began)), default=0) + max(0, added)

    def _connections_within(self, begin: float, end: float) -> Sequence[int]:
        return [count for at, count in self.connections if begin <= at < end]

    def measure(self, world: World) -> None:
        for process in world.all_processes():
            pid = process.pid
            with suppress(OSError, IndexError):  # between two incarnations
                if pid is not None:
                    self._seen.setdefault(process.name, _Seen()).take(pid, _resident(pid), _files(pid))

    async def weigh(self, world: World) -> None:
        """One snapshot of the totals (I7), and at the same moment of where the unfinished are (I9)."""
        lane, stream = world.lane, world.lane.keys.stream
        words = [
            ("HGETALL", lane.keys.totals),
            ("XINFO", "GROUPS", stream),
            ("XPENDING", stream, lane.group),
            ("INFO", "clients"),
        ]
        with suppress(*AWAY, StreamError, TimeoutError):
            async with asyncio.timeout(ASK_SECONDS):
                said, groups, pending, clients = await lane.commands(words, atomic=True, errors_in_place=True)
            totals = {name: int(value) for name, value in said.items()}
            came = totals.get("n_placed", 0) + totals.get("n_adopted", 0)
            are = sum(totals.get(status, 0) for status in STATUSES)
            self.totals += 1
            self.connections.append((time.time(), int(clients["connected_clients"])))
            if came != are:
                self.unbalanced.append(f"{came} came, {are} are there: {totals}")
            if not isinstance(groups, Exception) and not isinstance(pending, Exception):
                self._find(sum(totals.get(status, 0) for status in UNFINISHED), groups, pending)

    def _find(self, unfinished: int, groups: Sequence[Any], pending: Mapping[str, Any]) -> None:
        """Each is undelivered or pending; others may be so, too, thus none is astray that is not."""
        lags = [row["lag"] for row in map(pairs, groups)]
        if len(lags) != 1 or lags[0] is None:
            return
        self.places += 1
        now_ms, missing = round(time.time() * 1000), unfinished - int(lags[0]) - int(pending["pending"])
        if missing <= 0:
            self._found_all_ms = now_ms
        elif self._found_all_ms is not None:
            self.astray.append(Astray(self._found_all_ms, now_ms, missing))
            self._found_all_ms = None


@asynccontextmanager
async def sampling(world: World) -> AsyncIterator[Samples]:
    """Four times a second, for as long as the block runs."""
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
