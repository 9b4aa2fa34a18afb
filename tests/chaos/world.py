"""The world of one run: its server, database, webs, workers and keeper, each behind a proxy of its own."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

from orderstream.streams.connection import AWAY, StreamError, connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.chaos.failpoints import Points
from tests.chaos.processes import ROOT, Supervised
from tests.chaos.proxy import Proxy, proxied
from tests.chaos.setup import Setup
from tests.dashboard.daphne import SIGN_IN
from tests.postgres import running_postgres
from tests.servers import answers, free_port, valkey_binary
from tests.waiting import wait_until

T = TypeVar("T")

WEBS: Final = 2
WORKERS: Final = 4
READY_SECONDS: Final = 240.0
BACK_SECONDS: Final = 60.0
BOUNDED_SECONDS: Final = 20.0


@dataclass(slots=True, eq=False)
class World:
    """`direct_url` is the server without a proxy: for whoever looks or breaks, never for the product.

    `client` and `lane` are of that address. `processes` are by kind: server, web, worker, keeper."""

    folder: Path
    seed: int
    direct_url: str
    database_url: str
    environment: Mapping[str, str]
    lane: Lane
    api_key: str = ""
    session: str = ""
    web_urls: tuple[str, ...] = ()
    processes: dict[str, list[Supervised]] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)  # to Redis, by the process whose they are
    fronts: dict[str, Proxy] = field(default_factory=dict)  # to a web, by its name
    dashboards: Any = None
    by_hand: int = 0
    """Entries that a fault wrote straight into the stream."""

    @property
    def client(self) -> Any:
        return self.lane.client

    @property
    def server(self) -> Supervised:
        return self.processes["server"][0]

    @property
    def requests(self) -> int:
        """How many have come through to the server so far, or would have."""
        return sum(proxy.hits["request"] for proxy in self.proxies.values())

    def all_processes(self) -> Iterable[Supervised]:
        for kind in self.processes.values():
            yield from kind

    def points(self, name: str) -> Points:
        return Points(self.folder, name)

    @asynccontextmanager
    async def taken(self, kind: str, rng: Random) -> AsyncIterator[Supervised]:
        """One of a kind that no other fault works on; waits for it where all are taken."""
        chosen = rng.choice(self.processes[kind])
        free = [each for each in self.processes[kind] if not each.taken.locked()]
        if chosen not in free and free:
            chosen = rng.choice(free)
        async with chosen.taken:
            yield chosen

    async def insist(self, ask: Callable[[], Awaitable[T]], within: float = BOUNDED_SECONDS) -> T:
        """The answer of the server, which may be away for a while."""
        answered: list[T] = []

        async def has_answered() -> bool:
            answered.append(await ask())
            return True

        await wait_until(has_answered, within, ignoring=(*AWAY, StreamError))
        return answered[0]

    async def in_hand(self, process: Supervised) -> dict[str, str]:
        """What a worker process is processing, by the server's books: its incarnation's name by order."""
        stream, group = self.lane.keys.stream, self.lane.group
        names = [
            row["name"]
            for row in await self.client.xinfo_consumers(stream, group)
            if row["name"].startswith(f"{process.name}-") and row["pending"]
        ]
        held = {}
        for name in names:
            rows = await self.client.xpending_range(stream, group, "-", "+", 100, name)
            ids = [row["message_id"] for row in rows]
            words = [("HMGET", self.lane.keys.status(i), "status", "worker_id") for i in ids]
            now = await self.lane.commands(words)
            held |= {i: name for i, said in zip(ids, now, strict=True) if said == ["processing", name]}
        return held

    async def are_ready(self) -> bool:
        """Everybody is there."""
        others = [each for each in self.all_processes() if each is not self.server]
        return all([await self.is_ready(each) for each in others])

    async def is_ready(self, process: Supervised) -> bool:
        """A web listens, a worker beats, some keeper has the lease, the server answers."""
        match process.kind:
            case "web":
                return await _listens(self.fronts[process.name].to_port)
            case "worker":
                return process.pid in await self._beating(f"{process.name}-")
            case "keeper":
                return bool(await self.client.exists(self.lane.keys.keeper))
        return bool(await self.client.ping())

    async def _beating(self, prefix: str) -> set[int]:
        """Process ids of the living workers whose names begin so."""
        keys, now_ms = self.lane.keys, await self.lane.now_ms()
        alive = [
            n for n in await self.client.zrangebyscore(keys.workers, now_ms, "+inf") if n.startswith(prefix)
        ]
        pids = await self.lane.commands(("HGET", keys.worker(name), "pid") for name in alive)
        return {int(pid) for pid in pids if pid}

    async def is_back(self, process: Supervised, after: int | None, within: float = BACK_SECONDS) -> bool:
        """Is another incarnation than `after` there and ready by then?"""
        end = time.monotonic() + within
        if not await process.new_incarnation(after, within):
            return False
        with suppress(AssertionError):
            left = max(0.0, end - time.monotonic())
            await wait_until(lambda: self.is_ready(process), left, ignoring=(*AWAY, StreamError))
            return True
        return False


@asynccontextmanager
async def running(setup: Setup) -> AsyncIterator[World]:
    """A world with everybody up and no fault; all of it ends with the block, whatever happened in it."""
    async with AsyncExitStack() as stack:
        blocking = ExitStack()
        stack.push_async_callback(asyncio.to_thread, blocking.close)
        database_url = await asyncio.to_thread(blocking.enter_context, running_postgres())
        port = free_port()
        url = f"redis://127.0.0.1:{port}/0"
        client = connect(url)
        stack.push_async_callback(client.aclose)
        lane = Lane(client, Keys.namespaced(setup.prefix))
        environment = setup.environment(database_url)
        world = World(setup.folder, setup.seed, url, database_url, environment, lane)
        world.processes["server"] = [_server(world, port)]
        world.server.start()
        stack.push_async_callback(world.server.stop)
        await wait_until(lambda: answers(url), READY_SECONDS)
        await asyncio.to_thread(_prepare_database, world, url)
        await lane.ensure_group()
        await _start(world, port, stack)
        await wait_until(world.are_ready, READY_SECONDS, ignoring=(*AWAY, StreamError))
        yield world


async def _start(world: World, port: int, stack: AsyncExitStack) -> None:
    """Each proxy before the process behind it, and ended after all of them."""
    wires = await stack.enter_async_context(AsyncExitStack())

    async def stop_all() -> None:
        await asyncio.gather(*(each.stop() for each in world.all_processes() if each is not world.server))

    stack.push_async_callback(stop_all)
    programs = [
        *((f"web-{n}", "web") for n in range(1, WEBS + 1)),
        *((f"worker-{n}", "worker") for n in range(1, WORKERS + 1)),
        ("keeper-1", "keeper"),
    ]
    for name, kind in programs:
        wire = proxied(port, rng=Random(f"{world.seed} {name}"))
        world.proxies[name] = await wires.enter_async_context(wire)
        command = COMMANDS[kind](name)
        if kind == "web":
            listening = free_port()
            world.fronts[name] = await wires.enter_async_context(proxied(listening))
            command += ["-p", str(listening), "tests.chaos.web:application"]
        process = _program(world, name, kind, command)
        world.processes.setdefault(kind, []).append(process)
        process.start()
    world.web_urls = tuple(f"http://127.0.0.1:{front.port}" for front in world.fronts.values())


COMMANDS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    "web": lambda _name: [
        sys.executable,
        "-m",
        "daphne",
        "-v",
        "0",
        "-b",
        "127.0.0.1",
        "--http-timeout",
        "60",
    ],
    "worker": lambda name: [sys.executable, "-m", "tests.chaos.worker", "--name", name],
    "keeper": lambda _name: [sys.executable, "-m", "tests.chaos.keeper"],
}


def _program(world: World, name: str, kind: str, command: list[str]) -> Supervised:
    own = {"CHAOS_PROCESS": name, "REDIS_URL": f"redis://127.0.0.1:{world.proxies[name].port}/0"}
    log = world.folder / f"{name}.log"
    return Supervised(name, kind, command, {**world.environment, **own}, log)


def _server(world: World, port: int) -> Supervised:
    data = world.folder / "redis"
    data.mkdir()
    command = [str(valkey_binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    command += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
    return Supervised("server", "server", command, dict(os.environ), world.folder / "server.log")


PREPARE: Final = f"""
from django.core.management import call_command
call_command("migrate", verbosity=0)
{SIGN_IN}
from orderstream.access.keys import issue
print("key", issue("chaos", ["orders:place", "orders:read", "orders:operate"]))
"""


def _prepare_database(world: World, url: str) -> None:
    """Tables, one person who watches, and one program that may do everything with orders."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "--command", PREPARE],
        cwd=ROOT,
        env={**world.environment, "REDIS_URL": url},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the database cannot be prepared: {done.stderr[-2000:]}")
    words = done.stdout.split()
    world.session = words[words.index("session") + 1]
    world.api_key = words[words.index("key") + 1]


async def _listens(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def new_folder(seed: int) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-"))


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
