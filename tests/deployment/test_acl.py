"""The user that docs/PRODUCTION.md gives the application: it can do what is needed and no harm besides."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis
from redis.exceptions import NoPermissionError

from orderstream.checkup.findings import Level
from orderstream.streams import metrics
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests import prepared
from tests.checkup.conftest import Examine, report_on  # noqa: F401 # a fixture
from tests.dashboard.daphne import ROOT, running_web
from tests.dashboard.raw_socket import RawSocket
from tests.orders import placed_order, placed_orders
from tests.servers import SERVERS, debian_redis_binary, running, valkey_binary
from tests.system.worker_processes import Worker, all_completed
from tests.waiting import wait_until

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}
TEXT = (Path(__file__).parents[2] / "docs/PRODUCTION.md").read_text()
RULE = re.findall(r"^(ACL SETUSER orderstream .*)$", TEXT, re.MULTILINE)

pytestmark = [pytest.mark.system, pytest.mark.timeout(150)]


@pytest.fixture(params=SERVERS)
def limited(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address of a server that knows this user and nobody else."""
    [rule] = RULE
    with running(BINARIES[request.param]()) as url, Redis.from_url(url) as client:
        client.set("somebody-elses", "1")
        client.execute_command(*rule.split())
        client.execute_command("ACL", "SETUSER", "default", "off")
        yield url.replace("unix://", "unix://orderstream:change-me@")


def no_permission_was_missing(said: str) -> bool:
    return not re.search(r"NOPERM|no permissions|NoPermission", said)


async def test_everything_works_with_it(limited: str, tmp_path: Path) -> None:
    client = connect(limited)
    lane = Lane(client, Keys())
    database = tmp_path / "orders.sqlite3"
    prepared.migrated_database(database)
    worker = Worker(
        limited, "", ORDERSTREAM_HANDLER="workers.handlers.simulate", ORDERSTREAM_SIMULATE_SECONDS="0"
    )
    with (tmp_path / "keeper").open("wb") as log:
        keeper = subprocess.Popen(  # noqa: ASYNC220 # it is ended below
            [sys.executable, "manage.py", "runkeeper"],
            cwd=ROOT,
            env={**_environment(limited), "DATABASE_URL": f"sqlite:///{database}"},
            stdout=log,
            stderr=log,
        )
    try:
        with running_web(limited, "") as web:
            socket = await RawSocket.open(web.port, web.session)
            assert isinstance(await socket.receive(), dict)
            ids = await placed_orders(lane, 20)
            await all_completed(lane, ids, 60)
            assert await cancel(lane, ids[:1], actor="user:x") == ["refused"]
            await wait_until(lambda: metrics.newest_sample(lane), 30)
            await socket.close()
            web_said = web.log.read_text()
    finally:
        keeper.kill()
        keeper.wait()
        worker_said = worker.close()
        await client.aclose()
    for said in (web_said, worker_said, (tmp_path / "keeper").read_text()):
        assert no_permission_was_missing(said), said


async def test_replicas_may_be_waited_for(
    limited: str,
    report_on: Examine,  # noqa: F811
    settings: Settings,
) -> None:
    settings.ORDERSTREAM_DURABILITY = "replicated"
    report = await report_on(limited)
    assert [each.level for each in report.findings if each.check == "waiting"] == [Level.FINE]


async def test_a_look_finds_nothing_missing(limited: str, report_on: Examine) -> None:  # noqa: F811
    """Without a prefix before the keys, as the rule has them."""
    client = connect(limited)
    await placed_order(Lane(client, Keys()))
    await client.aclose()
    done = subprocess.run(  # noqa: ASYNC221 # nothing else runs
        [sys.executable, "manage.py", "check_redis"],
        cwd=ROOT,
        env=_environment(limited),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert no_permission_was_missing(done.stdout + done.stderr)
    assert "cannot be judged" not in done.stdout
    assert Level.FAILURE.word not in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        "FLUSHALL",
        "FLUSHDB",
        "CONFIG SET maxmemory 1",
        "SHUTDOWN NOSAVE",
        "KEYS *",
        "ACL LIST",
        "REPLICAOF NO ONE",
        "GET somebody-elses",
        "SET somebody-elses 2",
        "SUBSCRIBE x",
        "EVAL return(redis.call('GET','somebody-elses')) 0",
    ],
)
def test_it_does_no_harm(limited: str, words: str) -> None:
    with (
        Redis.from_url(limited) as client,
        pytest.raises(Exception, match=r"(?i)no perm|can't access") as refusal,
    ):
        client.execute_command(*words.split())
    assert isinstance(refusal.value, NoPermissionError) or "script" in str(refusal.value)


def _environment(url: str) -> dict[str, str]:
    return {**os.environ, "REDIS_URL": url, "ORDERSTREAM_KEY_PREFIX": "", "ORDERSTREAM_HTTPS": "off"}
