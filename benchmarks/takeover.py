"""`python -m benchmarks.takeover`: with the defaults, how soon a dead worker's orders are under way again.

And whether a living worker keeps its orders while Redis is away for longer than the lease.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from orderstream.domain.events import EventType
from orderstream.streams.connection import AWAY, connect
from orderstream.streams.events_log import events_of
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.orders import placed_orders
from tests.system.worker_processes import ROOT, Server, alive, statuses
from tests.waiting import wait_until

Say = Callable[[str], None]

WORKERS: Final = 3
ORDERS: Final = 60  # so many are under way when a worker is killed, over all of them
ORDER_SECONDS: Final = 20.0  # longer than a takeover lasts
LONG_SECONDS: Final = 50.0  # five times the lease
AWAY_SECONDS: Final = 30.0
P99_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Result:
    """`taken`: seconds from the death of a worker until another began each order that it had in hand."""

    deaths: int
    taken: Sequence[float]
    kept: int
    moved: int

    @property
    def p99(self) -> float:
        return quantiles(self.taken, n=100)[98]

    @property
    def is_good(self) -> bool:
        return self.p99 <= P99_SECONDS and not self.moved

    def text(self) -> str:
        cuts = quantiles(self.taken, n=100)
        return (
            f"{self.deaths} workers killed with {len(self.taken)} orders in hand, under way again after: "
            f"p50 {cuts[49]:.1f} s, p99 {cuts[98]:.1f} s, at most {max(self.taken):.1f} s\n"
            f"Redis away for {AWAY_SECONDS:.0f} s under {self.kept} orders of {LONG_SECONDS:.0f} s each: "
            f"{self.moved} taken from a living worker"
        )


class Workers:
    """With the settings that a new installation has."""

    def __init__(self, lane: Lane, redis_url: str) -> None:
        self._lane, self._started = lane, 0
        self._environment = {n: v for n, v in os.environ.items() if not n.startswith("ORDERSTREAM_")}
        self._environment |= {
            "DEBUG": "true",
            "REDIS_URL": redis_url,
            "ORDERSTREAM_HANDLER": "tests.system.handlers.steady",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    async def start(self, count: int) -> None:
        """Returns once they have beaten."""
        names = [f"w{self._started + number}" for number in range(count)]
        self._started += count
        for name in names:
            self._processes[name] = self._opened(name)

        async def are_alive() -> bool:
            living = {name.split("-")[0] for name in await alive(self._lane)}
            return living.issuperset(names)

        await wait_until(are_alive, 60)

    def _opened(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "runworker_orders", "--name", name]
        return subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self, name: str) -> float:
        """By the name of its start; when, in Unix seconds."""
        process = self._processes.pop(name.split("-")[0])
        process.kill()
        died_at = time.time()
        process.wait()
        return died_at

    def end(self) -> None:
        for name in list(self._processes):
            self.kill(name)


async def taken_over(lane: Lane, workers: Workers, deaths: int, say: Say) -> list[float]:
    await workers.start(WORKERS)
    taken: list[float] = []
    for number in range(deaths):
        ids = await placed_orders(lane, ORDERS, reference=f"{ORDER_SECONDS:g}")
        await wait_until(lambda ids=ids: all_begun(lane, ids), 30)
        # Whenever in its beat and in the interval of the sweep.
        await asyncio.sleep(number * 0.37 % 2)
        holders = Counter([await holder(lane, order_id) for order_id in ids])
        [(victim, count)] = holders.most_common(1)
        held = [order_id for order_id in ids if await holder(lane, order_id) == victim]
        died_at = workers.kill(victim)
        spans = [await begun_again(lane, order_id, died_at) for order_id in held]
        taken += spans
        say(f"{number + 1} of {deaths}: {count} orders of {victim}, under way again after {max(spans):.1f} s")
        await wait_until(lambda ids=ids: all_ended(lane, ids), 120)
        await workers.start(1)
    return taken


async def moved(lane: Lane, server: Server, workers: Workers) -> tuple[int, int]:
    """Of how many orders, how many were begun twice."""
    ids = await placed_orders(lane, ORDERS, reference=f"{LONG_SECONDS:g}")
    await wait_until(lambda: all_begun(lane, ids), 30)
    server.stop()
    await asyncio.sleep(AWAY_SECONDS)
    server.start()
    await wait_until(lambda: all_ended(lane, ids), 120, ignoring=AWAY)
    return len(ids), sum([len(await begins(lane, order_id)) > 1 for order_id in ids])


async def all_begun(lane: Lane, ids: Sequence[str]) -> bool:
    return await statuses(lane, ids) == {"processing": len(ids)}


async def all_ended(lane: Lane, ids: Sequence[str]) -> bool:
    return await statuses(lane, ids) == {"completed": len(ids)}


async def holder(lane: Lane, order_id: str) -> str:
    return str(await lane.command("HGET", lane.keys.status(order_id), "worker_id"))


async def begins(lane: Lane, order_id: str) -> list[float]:
    """When, in Unix seconds."""
    events = await events_of(lane, order_id)
    return [event.at_ms / 1000 for event in events if event.type is EventType.STARTED]


async def begun_again(lane: Lane, order_id: str, died_at: float) -> float:
    async def is_begun_again() -> list[float]:
        return [at - died_at for at in await begins(lane, order_id) if at > died_at]

    return (await wait_until(is_begun_again, 120))[0]


@asynccontextmanager
async def installed() -> AsyncIterator[tuple[Lane, Server, Workers]]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        client = connect(server.url)
        lane = Lane(client, Keys())
        workers = Workers(lane, server.url)
        try:
            await lane.ensure_group()
            yield lane, server, workers
        finally:
            workers.end()
            with suppress(*AWAY):
                await client.aclose()
            server.stop()


async def measured(deaths: int, say: Say) -> Result:
    async with installed() as (lane, server, workers):
        taken = await taken_over(lane, workers, deaths, say)
        say(f"Redis goes away for {AWAY_SECONDS:.0f} s")
        kept, gone = await moved(lane, server, workers)
    return Result(deaths, taken, kept, gone)


def main() -> int:
    options = _options()
    result = asyncio.run(measured(options.deaths, partial(print, flush=True)))
    print(result.text())
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=1))
    return 1 if options.check and not result.is_good else 0


def _options() -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.takeover", description=__doc__)
    parser.add_argument("--deaths", type=int, default=15, help="workers that are killed (default: 15)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 if p99 > 15 s or a living worker lost an order"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
