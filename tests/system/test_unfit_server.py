"""A server that does not keep what ORDERSTREAM_DURABILITY says ends each process, at once or as it comes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers import free_port, running, valkey_binary
from tests.system.worker_processes import ROOT, Worker
from tests.waiting import wait_until

pytestmark = pytest.mark.system
SENTENCE = "- Nothing is kept on disk: all orders are lost when the server stops. Set `appendonly yes`"


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """It keeps nothing on disk."""
    with running(valkey_binary()) as url:
        yield url


@pytest.fixture
def redis_url(bare: str) -> str:
    return bare


COMMANDS = {
    "worker": (2, [sys.executable, "manage.py", "runworker_orders"]),
    "workers": (2, [sys.executable, "manage.py", "runworker_orders", "--processes", "2"]),
    "keeper": (2, [sys.executable, "manage.py", "runkeeper"]),
    "web": (1, [sys.executable, "-m", "daphne", "-p", "0", "orderstream.asgi:application"]),
    "stack": (1, [sys.executable, "manage.py", "runstack"]),
}


def environment(url: str, namespace: str, folder: Path, **given: str) -> dict[str, str]:
    ours = {
        "REDIS_URL": url,
        "ORDERSTREAM_KEY_PREFIX": namespace,
        "DATABASE_URL": f"sqlite:///{folder}/orders.sqlite3",
        "ORDERSTREAM_HTTPS": "off",
        "PORT": str(free_port()),
    }
    return {**os.environ, **ours, **given}


def ended(kind: str, given: dict[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMANDS[kind][1], *more],
        cwd=ROOT,
        env=given,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("kind", COMMANDS)
def test_each_process_ends_with_a_sentence(kind: str, bare: str, namespace: str, tmp_path: Path) -> None:
    given = environment(bare, namespace, tmp_path, ORDERSTREAM_DURABILITY="everysec")
    done = ended(kind, given, *(["--folder", str(tmp_path)] if kind == "stack" else []))
    said = done.stdout + done.stderr
    assert done.returncode == COMMANDS[kind][0], said
    assert "OrderStream cannot start:" in said
    assert SENTENCE in said
    assert "Traceback" not in said


def test_for_replicated_each_reason_has_its_sentence(bare: str, namespace: str, tmp_path: Path) -> None:
    done = ended("worker", environment(bare, namespace, tmp_path, ORDERSTREAM_DURABILITY="replicated"))
    reasons = [line for line in done.stderr.splitlines() if line.startswith("- ")]
    # That no replica follows may change while it runs, and placing says so.
    assert [reason.split(":")[0] for reason in reasons] == [
        "- Nothing is kept on disk",
        "- min-replicas-to-write is 0",
    ]
    assert "0 of 1 replicas follow" in done.stderr


def test_the_embedded_server_has_no_replicas(namespace: str, tmp_path: Path) -> None:
    given = environment("", namespace, tmp_path, ORDERSTREAM_DURABILITY="replicated")
    done = ended("stack", given, "--folder", str(tmp_path))
    assert done.returncode == 1
    assert "The embedded server has no replicas" in done.stdout


async def test_the_level_that_nobody_chose_warns_and_goes_on(bare: str, namespace: str) -> None:
    worker = Worker(bare, namespace, "--once")
    assert await worker.ended(30) == 0
    said = worker.close()
    assert "the server may cost orders" in said
    assert "Nothing is kept on disk" in said
    worker = Worker(bare, namespace, "--once", ORDERSTREAM_DURABILITY="memory")
    assert await worker.ended(30) == 0
    assert "the server may cost orders" not in worker.close()


async def test_a_worker_that_waited_for_the_server_ends_when_it_turns_out_to_be_unfit(
    namespace: str,
) -> None:
    port = free_port()
    worker = Worker(f"redis://127.0.0.1:{port}", namespace, ORDERSTREAM_DURABILITY="everysec")
    try:
        await wait_until(lambda: "worker started" in worker.output(), 30)
        with running(valkey_binary(), "--port", str(port)):
            assert await worker.ended(30) == 2
        assert SENTENCE in worker.output()
    finally:
        worker.close()


async def test_a_web_process_that_waited_for_the_server_ends_likewise(namespace: str, tmp_path: Path) -> None:
    port, web_port = free_port(), free_port()
    command = [sys.executable, "-m", "daphne", "-p", str(web_port), "orderstream.asgi:application"]
    given = environment(f"redis://127.0.0.1:{port}", namespace, tmp_path, ORDERSTREAM_DURABILITY="everysec")
    log = tmp_path / "log"
    with log.open("wb") as out:
        web = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out)  # noqa: ASYNC220 # it is ended below
    try:
        await wait_until(lambda: _answers(web_port), 30)
        with running(valkey_binary(), "--port", str(port)):
            await wait_until(lambda: web.poll() is not None, 30)
        assert web.returncode == 1
        assert SENTENCE in log.read_text()
    finally:
        web.kill()
        web.wait()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
