"""A server that is reached and still not fit: each way made with a real one, used as the application does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis

from orderstream.checkup import judging
from orderstream.checkup.examining import CLOCK_MS, clock_finding
from orderstream.checkup.findings import Level
from orderstream.checkup.neighbours import channel_layer, session_cache
from orderstream.checkup.said import Said
from orderstream.streams.causes import Cause
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.checkup.conftest import Examine, found
from tests.orders import placed_order
from tests.servers import SERVERS, debian_redis_binary, free_port, running, valkey_binary
from tests.waiting import wait_until_now
from tests.web import _cache_of_the_test_server, _nothing_left_open  # noqa: F401 # fixtures

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}
USER = "orderstream"


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Redis]]:
    """As docs/PRODUCTION.md wants it; its address, and a client to set it up otherwise."""
    options = ("--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory", "200mb")
    options += ("--enable-protected-configs", "yes")
    with running(BINARIES[request.param](), *options) as url, Redis.from_url(url) as client:
        yield url, client


async def test_a_server_set_up_as_the_documents_say_is_fine(
    server: tuple[str, Redis], report_on: Examine
) -> None:
    report = await report_on(server[0])
    assert [each for each in report.findings if each.level is not Level.FINE] == []
    assert report.round_trips is not None
    assert 0 < report.round_trips.p50 <= report.round_trips.p99
    assert report.round_trips.count == 100


async def test_it_leaves_nothing_behind(server: tuple[str, Redis], report_on: Examine) -> None:
    await report_on(server[0])
    assert server[1].keys("*") == []


async def test_a_replica_is_no_server_to_write_to(report_on: Examine) -> None:
    port = free_port()
    with running(valkey_binary(), "--port", str(port)) as primary:
        with (
            running(valkey_binary(), "--replicaof", f"127.0.0.1 {port}") as url,
            Redis.from_url(url) as client,
        ):
            wait_until_now(lambda: client.info("replication")["master_link_status"] == "up")
            report = await report_on(url)
            assert found(report, "writing").cause == Cause.READ_ONLY
            assert found(report, "role").level is Level.FAILURE
            assert str(port) in found(report, "role").what
        assert found(await report_on(primary), "role").level is Level.FINE


async def test_a_node_of_a_cluster_is_no_server_for_us(report_on: Examine) -> None:
    ports = ("--port", str(free_port()), "--cluster-port", str(free_port()))
    with running(valkey_binary(), *ports, "--cluster-enabled", "yes") as url:
        report = await report_on(url)
        assert found(report, "role").level is Level.FAILURE
        assert found(report, "writing").cause == Cause.CLUSTER


POLICIES = {
    ("allkeys-lru", "200mb"): Level.FAILURE,
    ("allkeys-lru", "0"): Level.WARNING,
    ("volatile-ttl", "200mb"): Level.WARNING,
    ("noeviction", "200mb"): Level.FINE,
}


@pytest.mark.parametrize(("policy", "limit"), POLICIES)
async def test_a_server_that_throws_keys_away_is_told(
    policy: str, limit: str, server: tuple[str, Redis], report_on: Examine
) -> None:
    url, client = server
    client.config_set("maxmemory-policy", policy)
    client.config_set("maxmemory", limit)
    finding = found(await report_on(url), "eviction")
    assert finding.level is POLICIES[policy, limit]
    assert bool(finding.remedy) is (finding.level is not Level.FINE)


KEEPING = {
    ("no", "", "everysec"): ("Nothing is kept on disk", Level.WARNING),
    ("no", "3600 1", "everysec"): ("Snapshots alone", Level.WARNING),
    ("yes", "", "no"): ("when the system likes", Level.WARNING),
    ("yes", "", "everysec"): ("synced once a second", Level.FINE),
    ("yes", "", "always"): ("before each answer", Level.FINE),
}


@pytest.mark.parametrize(("log", "snapshots", "sync"), KEEPING)
async def test_what_is_kept_on_disk_is_told(
    log: str, snapshots: str, sync: str, server: tuple[str, Redis], report_on: Examine
) -> None:
    url, client = server
    for name, value in (("appendonly", log), ("save", snapshots), ("appendfsync", sync)):
        client.config_set(name, value)
    finding = found(await report_on(url), "persistence")
    words, level = KEEPING[log, snapshots, sync]
    assert words in finding.what
    assert finding.level is level


async def test_a_disk_that_fails_is_told(server: tuple[str, Redis], report_on: Examine) -> None:
    url, client = server
    client.config_set("appendonly", "no")
    client.config_set("save", "1 1")
    client.set("test-of-the-disk", "1")
    # Where nobody may write, root included.
    client.config_set("dir", "/proc")
    client.bgsave()
    wait_until_now(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
    # Then it answers nobody, not even a PING.
    assert found(await report_on(url), "connection").cause == Cause.DISK_FAILS
    client.config_set("stop-writes-on-bgsave-error", "no")
    report = await report_on(url)
    assert found(report, "disk").level is Level.FAILURE
    assert "rdb_last_bgsave_status" in found(report, "disk").what
    # And besides, what would be kept if the disk were well.
    assert "Snapshots alone" in found(report, "persistence").what


def used_memory(client: Redis) -> int:
    return int(client.info("memory")["used_memory"])


async def test_memory_that_runs_out_is_told(server: tuple[str, Redis], report_on: Examine) -> None:
    url, client = server
    client.set("test-of-memory", "x" * 20_000_000)
    # It counts the buffer, too, that the value came in, and gives it back a moment later.
    wait_until_now(lambda: used_memory(client) < 30_000_000)
    used = used_memory(client)
    client.config_set("maxmemory", int(used * 1.1))
    finding = found(await report_on(url), "memory")
    assert finding.level is Level.WARNING
    client.config_set("maxmemory", used // 2)
    assert found(await report_on(url), "writing").cause == Cause.MEMORY_FULL
    client.config_set("maxmemory", 0)
    assert "without a limit" in found(await report_on(url), "memory").what


async def test_too_few_replicas_are_told(server: tuple[str, Redis], report_on: Examine) -> None:
    url, client = server
    client.config_set("min-replicas-to-write", 1)
    assert found(await report_on(url), "writing").cause == Cause.TOO_FEW_REPLICAS


async def test_many_clients_are_told(server: tuple[str, Redis], report_on: Examine) -> None:
    url, client = server
    client.config_set("maxclients", 2)
    assert found(await report_on(url), "clients").level is Level.WARNING


RIGHTS = {
    "no scripts": (["+@all", "-@scripting"], "scripts"),
    "no writing": (["+@all", "-@write"], "writing"),
    "no streams": (["+@all", "-xinfo"], "group"),
}


def as_user(url: str) -> str:
    return url.replace("unix://", f"unix://{USER}:pass@")


@pytest.mark.parametrize("kind", RIGHTS)
async def test_commands_that_a_user_may_not_use_are_told(
    kind: str, server: tuple[str, Redis], report_on: Examine
) -> None:
    url, client = server
    commands, check = RIGHTS[kind]
    client.acl_setuser(USER, enabled=True, passwords=["+pass"], keys=["*"], channels=["*"], commands=commands)
    client.rpush("a", "b")
    report = await report_on(as_user(url))
    assert found(report, check).cause == Cause.FORBIDDEN
    assert "docs/PRODUCTION.md" in found(report, check).remedy


async def test_keys_that_a_user_may_not_use_are_told(
    server: tuple[str, Redis], report_on: Examine, namespace: str
) -> None:
    url, client = server
    half = [f"{namespace}orders:*"]
    client.acl_setuser(USER, enabled=True, passwords=["+pass"], keys=half, channels=["*"], commands=["+@all"])
    assert found(await report_on(as_user(url)), "writing").cause == Cause.FORBIDDEN


async def test_a_user_who_may_not_look_gets_what_can_be_said_all_the_same(
    server: tuple[str, Redis], report_on: Examine
) -> None:
    url, client = server
    rights = ["+@all", "-info", "-config"]
    client.acl_setuser(USER, enabled=True, passwords=["+pass"], keys=["*"], channels=["*"], commands=rights)
    report = await report_on(as_user(url))
    assert report.level is Level.WARNING
    assert "+info" in found(report, "server").remedy
    client.acl_setuser(USER, enabled=True, commands=["+info"])
    report = await report_on(as_user(url))
    assert "may not ask" in found(report, "persistence").what


async def test_orders_without_a_group_are_told(
    server: tuple[str, Redis], report_on: Examine, keys: Keys
) -> None:
    url, client = server
    assert "Nothing was placed yet" in found(await report_on(url), "group").what
    client.xadd(keys.stream, {"a": "b"})
    finding = found(await report_on(url), "group")
    assert finding.level is Level.WARNING
    assert "Start a worker" in finding.remedy
    client.xgroup_create(keys.stream, "order_processors", id="0")
    assert found(await report_on(url), "group").level is Level.FINE


@pytest.mark.parametrize(
    ("info", "level"),
    [
        ({"redis_version": "6.2.14"}, Level.FAILURE),
        ({"redis_version": "7.0.0"}, Level.FINE),
        ({"redis_version": "255.255.255"}, Level.FINE),
        ({"redis_version": "7.2.4", "valkey_version": "7.2.5"}, Level.FAILURE),
        ({"redis_version": "7.2.4", "valkey_version": "8.0.0-rc1"}, Level.FINE),
        ({"redis_version": "unstable"}, Level.FAILURE),
        ({"nothing": ""}, Level.FAILURE),
    ],
)
def test_versions_that_are_too_old_are_told(info: dict[str, str], level: Level) -> None:
    assert judging.version(Said(info, {})).level is level


@pytest.mark.parametrize(("ahead_ms", "word"), [(5_000, "ahead"), (-5_000, "behind"), (CLOCK_MS, "apart")])
def test_a_clock_that_is_off_is_told(ahead_ms: float, word: str) -> None:
    finding = clock_finding(ahead_ms)
    assert word in finding.what
    assert (finding.level is Level.FINE) is (word == "apart")


async def test_the_channel_layer_is_tried_by_a_message(settings: Settings) -> None:
    assert (await channel_layer()).level is Level.FINE
    host = {"address": "redis://localhost:1/0"}
    settings.CHANNEL_LAYERS = {"default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [host]}}}
    finding = await channel_layer()
    assert finding.level is Level.FAILURE
    assert "CHANNEL_LAYERS" in finding.remedy


async def test_the_cache_is_tried_by_what_comes_back(settings: Settings) -> None:
    assert (await session_cache()).level is Level.FINE
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1/0"}}
    assert (await session_cache()).level is Level.WARNING


async def test_a_server_in_use_is_not_disturbed(lane: Lane, report_on: Examine, redis_url: str) -> None:
    order_id = await placed_order(lane)
    before = await lane.command("DBSIZE")
    await report_on(redis_url)
    assert await lane.command("DBSIZE") == before
    assert await lane.command("XLEN", lane.keys.stream) == 1
    assert await lane.command("HGET", lane.keys.status(order_id), "status") == "pending"
