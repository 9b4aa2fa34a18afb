"""A whole OrderStream for the browser's tests: its own server and web process, workers on demand."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.error import URLError

from redis import Redis

import orderstream
from orderstream.streams import outlook
from orderstream.streams.keys import Keys
from orderstream.streams.ranking import Top
from tests import prepared
from tests.servers import answers, valkey_binary
from tests.waiting import wait_until_now

ROOT = Path(orderstream.__file__).parent.parent
PREFIX = "browser-tests:"
PASSWORD = "a-password-for-tests"
PEOPLE = ("viewer", "operator", "manager")
MAKE_PEOPLE = """
from django.contrib.auth.models import Group, User
for name in {people!r}:
    user = User.objects.create_user(name, password={password!r}, first_name=name.title(), last_name="Mori")
    user.groups.add(Group.objects.get(name=name))
User.objects.create_user("nobody", password={password!r})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """Its processes and how to start, kill and stop each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.redis_url = f"unix://{folder / 'redis.sock'}"
        self.redis: subprocess.Popen[bytes] | None = None
        self.web: subprocess.Popen[bytes] | None = None
        self.database = folder / "browser.sqlite3"
        self.environment = os.environ | {
            "SECRET_KEY": prepared.SECRET_KEY,
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REDIS_URL": self.redis_url,
            "ORDERSTREAM_HTTPS": "off",
            # All tests come from one address, and most share a session.
            "ORDERSTREAM_SIGN_INS_PER_MINUTE": "0",
            "ORDERSTREAM_HANDSHAKES_PER_MINUTE": "0",
            "ORDERSTREAM_KEY_PREFIX": PREFIX,
            # As in production: hashed names, so that the imports of ES modules are rewritten.
            "ORDERSTREAM_STATIC_ROOT": str(prepared.static_root()),
            "ORDERSTREAM_LEASE_SECONDS": "5",
            "ORDERSTREAM_SWEEP_SECONDS": "1",
            "ORDERSTREAM_CONCURRENCY": "4",
        }

    def prepare(self) -> None:
        self.start_redis()
        prepared.database_after(MAKE_PEOPLE.format(people=PEOPLE, password=PASSWORD), self.database)
        self.start_web()

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True)

    def start_redis(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.folder / "redis.sock"), "--save", ""]
        # With its log on disk, so that it comes back with what it had.
        self.redis = self._start(
            "redis", str(valkey_binary()), *options, "--dir", str(self.folder), "--appendonly", "yes"
        )
        wait_until_now(lambda: answers(self.redis_url))

    def stop_redis(self) -> None:
        assert self.redis is not None
        self.redis.kill()
        self.redis.wait()

    def empty(self) -> None:
        with self._client() as client:
            client.flushdb()

    def totals(self) -> dict[str, str]:
        """As redis-cli would show them."""
        with self._client() as client:
            return dict(client.hgetall(Keys.namespaced(PREFIX).totals))  # type: ignore[arg-type]

    def events(self) -> list[dict[str, str]]:
        """All that was recorded, oldest first."""
        with self._client() as client:
            return [fields for _, fields in client.xrange(Keys.namespaced(PREFIX).events)]  # type: ignore[union-attr]

    def forget_outlook(self) -> None:
        with self._client() as client:
            client.delete(Keys.namespaced(PREFIX).outlook)

    def put_samples(self, samples: Mapping[int, Mapping[str, float]]) -> None:
        """By the ms of each, oldest first."""
        with self._client() as client:
            pipeline = client.pipeline(transaction=False)
            for at, figures in samples.items():
                fields = {"at": at, **figures}
                pipeline.xadd(Keys.namespaced(PREFIX).metrics, fields, id=f"{at}-0")  # type: ignore[arg-type]
            pipeline.execute()

    def forget_samples(self, since_ms: int) -> None:
        """Those from then on, as if the keeper had been away."""
        with self._client() as client:
            metrics = Keys.namespaced(PREFIX).metrics
            for entry_id, _ in client.xrange(metrics, min=since_ms):  # type: ignore[union-attr]
                client.xdel(metrics, entry_id)

    def judge(self, judged: outlook.Outlook) -> None:
        with self._client() as client:
            client.hset(Keys.namespaced(PREFIX).outlook, mapping=outlook.fields_of(judged))  # type: ignore[arg-type]

    def rank(self, top: Top) -> None:
        with self._client() as client:
            client.hset(Keys.namespaced(PREFIX).ranking, "top", json.dumps(asdict(top)))

    def _client(self) -> Redis:
        return Redis.from_url(self.redis_url, decode_responses=True)

    def start_web(self) -> None:
        self.web = self._start_web(self.port)

    @contextmanager
    def another_web(self, **environment: str) -> Iterator[str]:
        """A second web process over the same data, set up otherwise; yields its address."""
        port = free_port()
        process = self._start_web(port, environment)
        try:
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)

    def _start_web(self, port: int, more: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "daphne", "-b", "localhost", "-p", str(port)]
        process = self._start(f"web-{port}", *command, "orderstream.asgi:application", more=more)
        wait_until_now(lambda: self._is_ready(port), timeout=30)
        return process

    def stop_web(self) -> None:
        assert self.web is not None
        self.web.terminate()
        self.web.wait(20)

    def _is_ready(self, port: int) -> bool:
        try:
            url = f"http://localhost:{port}/readyz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    @contextmanager
    def worker(self, name: str, seconds: float = 0.2) -> Iterator[subprocess.Popen[bytes]]:
        """A worker that takes so long for each order; killed at the end if the test has not done it."""
        command = [sys.executable, "manage.py", "runworker_orders", "--name", name]
        took = {"ORDERSTREAM_SIMULATE_SECONDS": f"{seconds}-{seconds}"}
        process = self._start(f"worker-{name}", *command, more=took)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(40)

    @contextmanager
    def keeper(self) -> Iterator[None]:
        process = self._start("keeper", sys.executable, "manage.py", "runkeeper")
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)

    @contextmanager
    def placing(self, count: int, per_second: int) -> Iterator[None]:
        """Made-up orders at a rate, until all are placed or the test ends."""
        command = [sys.executable, "manage.py", "place_orders", "--count", str(count)]
        process = self._start("placing", *command, "--rate", str(per_second))
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _start(self, name: str, *command: str, more: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            environment = self.environment | (more or {})
            return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def end(self) -> None:
        for process in (self.web, self.redis):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
