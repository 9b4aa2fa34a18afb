"""No-op orders processed per second by one process: the real worker, the bare client, and huey."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

from benchmarks import huey_worker, raw
from benchmarks.measures import HUEY, OURS, RAW, Run
from benchmarks.placing import BATCH, place_all, placements
from benchmarks.servers import Server
from orderstream.streams.keys import Keys

WORK: Final = "processing, no-op"
ROOT: Final = Path(__file__).resolve().parent.parent
GIVE_UP_SECONDS: Final = 120
KEYS: Final = Keys()


async def measured(server: Server, count: int) -> AsyncIterator[Run]:
    """One round: the same orders, placed beforehand, for each contender on an emptied server."""
    contenders: dict[str, Callable[[Server], Awaitable[float]]] = {RAW: _raw, OURS: _ours}
    for contender, process in contenders.items():
        server.empty()
        await place_all(server.url, placements(count))
        server.client.xgroup_create(KEYS.stream, "order_processors", id="0")
        used = server.cpu_seconds()
        client_us = await process(server) / count * 1e6
        server_us = (server.cpu_seconds() - used) / count * 1e6
        yield Run(server.name, WORK, contender, _rate(server, count), client_us, server_us)
    for mode in huey_worker.MODES:
        server.empty()
        tasks = count // 4
        huey_worker.enqueue(server.url, tasks)
        used = server.cpu_seconds()
        rate, seconds = huey_worker.rate_of(server.url, tasks, mode)
        server_us = (server.cpu_seconds() - used) / tasks * 1e6
        yield Run(server.name, WORK, f"{HUEY}, {mode}", rate, seconds / tasks * 1e6, server_us)


async def _raw(server: Server) -> float:
    ids = [order_id.decode() for order_id, _fields in server.client.xrange(KEYS.stream)]
    return await raw.process(server, ids, BATCH)


async def _ours(server: Server) -> float:
    """CPU seconds of the worker, less those of one that starts, finds nothing and ends."""
    used = await _worker(server)
    return used - await _worker(server)


async def _worker(server: Server) -> float:
    """`runworker_orders` as anybody starts it, until nothing is left; its CPU seconds."""
    command = [sys.executable, "manage.py", "runworker_orders", "--once", "--name", "bench"]
    command += ["--handler", "benchmarks.handlers.nothing", "--concurrency", str(BATCH), "--skip-checks"]
    environment = os.environ | {
        "REDIS_URL": server.url,
        "SECRET_KEY": "bench",
        "ORDERSTREAM_KEY_PREFIX": "",
        "ORDERSTREAM_LOG_LEVEL": "warning",
    }
    before = _children_seconds()
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
    try:
        if await asyncio.wait_for(process.wait(), GIVE_UP_SECONDS):
            raise SystemExit("The worker failed; there is nothing to measure.")
    finally:
        if process.returncode is None:
            process.kill()
    return _children_seconds() - before


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rate(server: Server, count: int) -> float:
    """From the first order begun to the last one completed, by the server's clock: no start-up."""
    completed = int(server.client.hget(KEYS.totals, "n_completed") or 0)
    if completed != count:
        raise SystemExit(f"{completed} of {count} orders were completed; there is nothing to measure.")
    _id, last = server.client.xrevrange(KEYS.events, count=1)[0]
    return count / max(int(last[b"at"]) - _first_begun(server), 1) * 1_000


def _first_begun(server: Server) -> int:
    """ms; the events of the placing stand before it."""
    start = "-"
    while True:
        for event_id, event in server.client.xrange(KEYS.events, start, count=1_000):
            if event[b"type"] == b"order.started":
                return int(event[b"at"])
            start = f"({event_id.decode()}"
