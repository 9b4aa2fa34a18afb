"""`python -m benchmarks.boards`: many boards on one web process while orders flow; how late, at what cost.

A board is as late as the oldest change that a message brings it: all that happened since the message before.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from subprocess import Popen
from typing import Any, Final

from benchmarks import servers
from benchmarks.placing import ACTOR, placements
from benchmarks.tab import Busy, open_tab
from orderstream.streams.connection import connect
from orderstream.streams.ending import end
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.placing import place
from tests.dashboard.daphne import ROOT, Web, running_web
from tests.dashboard.raw_socket import RawSocket

BATCHES_PER_SECOND: Final = 20
OPENED_AT_A_TIME: Final = 20
ACKNOWLEDGE_SECONDS: Final = 1.0
SLOW_SECONDS: Final = 5.0  # for which a board that reads slowly reads nothing, again and again
AWAKE_SECONDS: Final = 0.5
SETTLING_SECONDS: Final = 5.0
SAMPLE_SECONDS: Final = 5.0
P99_SECONDS: Final = 1.0
GROWTH: Final = 0.10  # of the web process's memory, from a fifth of the time on
BUSY: Final = 0.30  # of a tab's main thread
CURSOR: Final = re.compile(rb'"cursor":"(\d+)-\d+","at":(\d+)')


@dataclass
class Board:
    """One browser's socket, of which only the head of each message is looked at."""

    socket: RawSocket
    is_slow: bool = False
    seen_ms: int = 0
    late: list[float] = field(default_factory=list)
    acknowledged_at: float = 0.0

    async def watch(self) -> None:
        awake_since = time.monotonic()
        while True:
            text = await self.socket.receive_text()
            if text is None:
                kind = "slow" if self.is_slow else "quick"
                raise SystemExit(f"The socket of a {kind} board was closed: nothing more to measure.")
            self._heard(text)
            if self.is_slow and time.monotonic() - awake_since > AWAKE_SECONDS:
                await asyncio.sleep(SLOW_SECONDS)
                awake_since = time.monotonic()

    def _heard(self, text: bytes) -> None:
        found = CURSOR.search(text, 0, 100)
        if found is None:
            return
        cursor_ms, at = int(found[1]), int(found[2])
        if self.seen_ms and cursor_ms > self.seen_ms:
            self.late.append(time.time() - self.seen_ms / 1000)
        self.seen_ms = max(self.seen_ms, cursor_ms)
        if time.monotonic() - self.acknowledged_at > ACKNOWLEDGE_SECONDS:
            self.acknowledged_at = time.monotonic()
            cursor = text[found.start(1) : text.index(b'"', found.start(1))].decode()
            self.socket.acknowledge({"cursor": cursor, "at": at})


@dataclass(frozen=True, slots=True)
class Cost:
    """Of the web process, at one moment: resident bytes, and CPU seconds so far."""

    at: float
    resident: int
    cpu_seconds: float

    @classmethod
    def of(cls, pid: int) -> "Cost":
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(parts[11]) + int(parts[12])
        size, hertz = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
        return cls(time.monotonic(), pages * size, ticks / hertz)


@dataclass(frozen=True, slots=True)
class Result:
    boards: int
    slow_boards: int
    orders_per_second: float
    seconds: float
    p50: float
    p99: float
    most: float
    messages_per_second: float
    web_share_of_a_core: float
    resident_mb: list[float]
    tab_busy: float | None
    tab_heap_mb: float | None

    @property
    def growth(self) -> float:
        """Of memory, from a fifth of the time to the end."""
        settled = self.resident_mb[len(self.resident_mb) // 5]
        return self.resident_mb[-1] / settled - 1

    @property
    def is_good(self) -> bool:
        return self.p99 <= P99_SECONDS and self.growth <= GROWTH and (self.tab_busy or 0) <= BUSY

    def text(self) -> str:
        tab = ()
        if self.tab_busy is not None:
            tab = (f"a tab: its main thread {self.tab_busy:.0%} busy, {self.tab_heap_mb:.0f} MB of heap",)
        return "\n".join(
            (
                f"{self.boards} boards, {self.slow_boards} of them slow readers; "
                f"{self.orders_per_second:.0f} orders/s for {self.seconds:.0f} s",
                f"late by: p50 {self.p50:.2f} s, p99 {self.p99:.2f} s, at most {self.most:.2f} s",
                f"web process: {self.messages_per_second:.0f} messages/s, "
                f"{self.web_share_of_a_core:.0%} of a core, "
                f"{self.resident_mb[-1]:.0f} MB, {self.growth:+.1%} since it had settled",
                *tab,
            )
        )


@contextmanager
def worker(redis_url: str, web: Web) -> Iterator[None]:
    """Completes orders as fast as they come."""
    given = {"REDIS_URL": redis_url, "ORDERSTREAM_SIMULATE_SECONDS": "0", "SECRET_KEY": "x" * 60}
    command = [sys.executable, "manage.py", "runworker_orders", "--name", "bench"]
    with web.log.open("ab") as out:
        process = Popen(command, cwd=ROOT, env=os.environ | given, stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def measured(server: servers.Server, options: argparse.Namespace) -> Result:
    client = connect(server.url)
    lane = Lane(client, Keys())
    async with AsyncExitStack() as stack:
        web = stack.enter_context(running_web(server.url, ""))
        stack.enter_context(worker(server.url, web))
        tab = await stack.enter_async_context(open_tab(web)) if options.tab else None
        boards = await opened(web, options.boards, options.slow)
        watching = [asyncio.create_task(board.watch()) for board in boards]
        placing = asyncio.create_task(flow(lane, options.rate))
        try:
            await asyncio.sleep(SETTLING_SECONDS)
            for board in boards:
                board.late.clear()
            placed = await client.xlen(lane.keys.stream)
            busy = [await tab.busy()] if tab else []
            costs = await observed(web.process.pid, options.seconds)
            placed = await client.xlen(lane.keys.stream) - placed
            busy += [await tab.busy()] if tab else []
            done = [task for task in (placing, *watching) if task.done()]
            for task in done:
                task.result()
        finally:
            await end([placing, *watching])
            await client.aclose()
    return summed_up(boards, costs, placed, busy)


async def opened(web: Web, count: int, slow: int) -> list[Board]:
    boards: list[Board] = []
    while len(boards) < count:
        some = min(OPENED_AT_A_TIME, count - len(boards))
        sockets = await asyncio.gather(*(RawSocket.open(web.port, web.session) for _ in range(some)))
        boards += [Board(socket, len(boards) + n < slow) for n, socket in enumerate(sockets)]
    return boards


async def flow(lane: Lane, per_second: int) -> None:
    """Orders at a steady rate, in twenty batches a second."""
    size, due = max(1, per_second // BATCHES_PER_SECOND), time.monotonic()
    orders = cycle(placements(10_000))
    while True:
        batch = list(islice(orders, size))
        await place(lane, batch, actor=ACTOR, backlog_limit=0, key_ttl=None)
        due += size / per_second
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def observed(pid: int, seconds: float) -> list[Cost]:
    costs, end = [Cost.of(pid)], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(SAMPLE_SECONDS, left))
        costs.append(Cost.of(pid))
    return costs


def summed_up(boards: list[Board], costs: list[Cost], placed: int, busy: list[Busy]) -> Result:
    quick = [late for board in boards if not board.is_slow for late in board.late]
    cuts = quantiles(quick, n=100)
    seconds = costs[-1].at - costs[0].at
    return Result(
        boards=len(boards),
        slow_boards=sum(board.is_slow for board in boards),
        orders_per_second=placed / seconds,
        seconds=seconds,
        p50=cuts[49],
        p99=cuts[98],
        most=max(quick),
        messages_per_second=len(quick) / seconds,
        web_share_of_a_core=(costs[-1].cpu_seconds - costs[0].cpu_seconds) / seconds,
        resident_mb=[cost.resident / 2**20 for cost in costs],
        tab_busy=(busy[-1].used - busy[0].used) / (busy[-1].at - busy[0].at) if busy else None,
        tab_heap_mb=busy[-1].heap / 2**20 if busy else None,
    )


def main() -> int:
    options = _options()
    with servers.running(options.server) as server:
        result = asyncio.run(measured(server, options))
    print(result.text())
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=1))
    return 1 if options.check and not result.is_good else 0


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boards", description=__doc__)
    parser.add_argument("--boards", type=int, default=500, help="sockets on one web process (default: 500)")
    parser.add_argument("--slow", type=int, default=5, help="of them, how many read slowly (default: 5)")
    parser.add_argument("--rate", type=int, default=500, help="orders placed a second (default: 500)")
    parser.add_argument(
        "--tab", action="store_true", help="open one more in Chromium and measure its main thread"
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long it is measured (default: 60)")
    parser.add_argument("--server", choices=servers.KINDS, default="redis")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--check",
        action="store_true",
        help="exit with 1 if p99 > 1 s, memory grows > 10 %% or the tab is > 30 %% busy",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
