"""Real worker processes, and a server that can be stopped, killed and started again."""

import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import order as order_of
from tests.servers import answers, valkey_binary
from tests.waiting import wait_until, wait_until_now

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 5
"""The shortest that the system checks admit."""
END_SECONDS = 2 + 4
"""The two seconds of I16, and some for a machine that runs ten times as much as it can."""


def environment(redis_url: str, namespace: str, **settings: str) -> dict[str, str]:
    """Of a worker process that notices everything soon."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "orderstream.settings",
        "DEBUG": "true",
        "REDIS_URL": redis_url,
        "ORDERSTREAM_KEY_PREFIX": namespace,
        "ORDERSTREAM_LEASE_SECONDS": str(LEASE_SECONDS),
        "ORDERSTREAM_BEAT_SECONDS": "0.5",
        "ORDERSTREAM_SWEEP_SECONDS": "0.5",
        "ORDERSTREAM_BACKOFF_SECONDS": "0.2",
        "ORDERSTREAM_HANDLER": "tests.system.handlers.steady",
        **settings,
    }


class Worker:
    """`manage.py runworker_orders` against one server and namespace; the test closes it."""

    def __init__(self, redis_url: str, namespace: str, *arguments: str, **settings: str) -> None:
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 close() closes it
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "runworker_orders", *arguments],
            cwd=ROOT,
            env=environment(redis_url, namespace, **settings),
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self, within: float) -> int:
        """Its exit code."""
        await wait_until(lambda: self.process.poll() is not None, within)
        return self.process.returncode

    def output(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def close(self) -> str:
        """End it; what it has said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.wait()
        said = self.output()
        self._log.close()
        return said


Start = Callable[..., Worker]
"""Options as they are, settings by their names."""


@contextmanager
def starting(redis_url: str, namespace: str) -> Iterator[Start]:
    """Starts workers; whatever the block leaves behind is killed."""
    started: list[Worker] = []

    def start_one(*arguments: str, **settings: str) -> Worker:
        started.append(Worker(redis_url, namespace, *arguments, **settings))
        return started[-1]

    try:
        yield start_one
    finally:
        for worker in started:
            print(worker.close())  # noqa: T201 shown when the test has failed


class Server:
    """A Valkey with an append-only file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder}/server.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(valkey_binary()), "--port", "0", "--unixsocket", f"{self._folder}/server.sock"]
        command += ["--dir", str(self._folder), "--save", "", "--appendonly", "yes"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until_now(lambda: answers(self.url))

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """Kill it; what it has written is kept."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


async def statuses(lane: Lane, order_ids: Iterable[str]) -> Counter[str]:
    """How many of these orders have which status."""
    return Counter(await lane.commands(("HGET", lane.keys.status(i), "status") for i in order_ids))


async def all_completed(lane: Lane, order_ids: Iterable[str], within: float) -> None:
    wanted = list(order_ids)

    async def are_completed() -> bool:
        return await statuses(lane, wanted) == {"completed": len(wanted)}

    await wait_until(are_completed, within)


async def total(lane: Lane, name: str) -> int:
    return int(await lane.client.hget(lane.keys.totals, name) or 0)


async def worker_of(lane: Lane, order_id: str) -> str | None:
    found = await order_of(lane, order_id)
    return found.worker_id if found else None


async def alive(lane: Lane) -> list[str]:
    """The names of the workers that have beaten lately."""
    now = await lane.now_ms()
    return list(await lane.client.zrangebyscore(lane.keys.workers, now, "+inf"))


async def processing(lane: Lane, order_id: str) -> None:
    """Wait until it is."""

    async def is_processing() -> bool:
        return await statuses(lane, [order_id]) == {"processing": 1}

    await wait_until(is_processing)
