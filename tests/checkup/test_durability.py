"""Each level of ORDERSTREAM_DURABILITY against each server: what keeps it, what does not, what is unknown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings
from redis import Redis

from orderstream.checkup.findings import Finding, Level, Report
from orderstream.configuration.durability import Durability
from orderstream.streams.causes import Cause
from orderstream.streams.keys import Keys
from tests.checkup.conftest import Examine, found
from tests.servers import SERVERS, Pair, debian_redis_binary, replicating, running, valkey_binary
from tests.waiting import wait_until_now

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}
FINE, WARNING, FAILURE = Level.FINE, Level.WARNING, Level.FAILURE


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Redis]]:
    with running(BINARIES[request.param](), "--maxmemory", "200mb") as url, Redis.from_url(url) as client:
        yield url, client


@pytest.fixture(scope="module", params=SERVERS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    options = ("--appendonly", "yes", "--maxmemory", "200mb")
    with replicating(BINARIES[request.param](), *options) as pair:
        yield pair


def choose(settings: Settings, level: str, replicas: int = 1) -> None:
    settings.ORDERSTREAM_DURABILITY = level
    settings.DURABILITY_IS_CHOSEN = True
    settings.ORDERSTREAM_REPLICAS = replicas


# What the server does, by level: nothing on disk, snapshots, a file synced never, each second, always.
KEEPING = {
    "memory": (FINE, FINE, FINE, FINE, FINE),
    "everysec": (FAILURE, FAILURE, FAILURE, FINE, FINE),
    "always": (FAILURE, FAILURE, FAILURE, FAILURE, FINE),
    "replicated": (FAILURE, FAILURE, FAILURE, FINE, FINE),
}
SERVERS_SETUP = (
    ("no", "", "everysec"),
    ("no", "3600 1", "everysec"),
    ("yes", "", "no"),
    ("yes", "", "everysec"),
    ("yes", "", "always"),
)


@pytest.mark.parametrize("setup", SERVERS_SETUP)
@pytest.mark.parametrize("level", KEEPING)
async def test_the_disk_is_judged_by_the_level(
    level: str, setup: tuple[str, str, str], server: tuple[str, Redis], settings: Settings, report_on: Examine
) -> None:
    url, client = server
    for name, value in zip(("appendonly", "save", "appendfsync"), setup, strict=True):
        client.config_set(name, value)
    choose(settings, level)
    report = await report_on(url)
    finding = found(report, "persistence")
    assert finding.level is KEEPING[level][SERVERS_SETUP.index(setup)]
    assert bool(finding.remedy) is (finding.level is not FINE)
    if finding.level is FAILURE:
        assert f"ORDERSTREAM_DURABILITY={level}" in finding.remedy
    assert found(report, "durability").what.startswith(f"{level} is asked for")


async def test_a_level_that_nobody_chose_only_warns(
    server: tuple[str, Redis], settings: Settings, report_on: Examine
) -> None:
    server[1].config_set("appendonly", "no")
    settings.DURABILITY_IS_CHOSEN = False
    report = await report_on(server[0])
    assert found(report, "persistence").level is WARNING
    assert "ORDERSTREAM_DURABILITY=memory" in found(report, "persistence").remedy
    assert found(report, "durability").what.startswith("everysec as it comes")


async def test_a_file_that_is_not_synced_while_it_is_rewritten_is_told(
    server: tuple[str, Redis], settings: Settings, report_on: Examine
) -> None:
    url, client = server
    client.config_set("appendonly", "yes")
    client.config_set("appendfsync", "always")
    client.config_set("no-appendfsync-on-rewrite", "yes")
    seen = {}
    for level in ("everysec", "always"):
        choose(settings, level)
        seen[level] = found(await report_on(url), "persistence")
    client.config_set("no-appendfsync-on-rewrite", "no")
    assert seen["everysec"].level is WARNING
    assert seen["always"].level is FAILURE  # in a rewrite it would keep no more than `everysec`
    assert all("Set `no-appendfsync-on-rewrite no`" in finding.remedy for finding in seen.values())


def of_replicas(report: Report) -> tuple[Finding, Finding]:
    return found(report, "replicas"), found(report, "isolation")


async def test_a_primary_with_its_replica_keeps_it(
    pair: Pair, settings: Settings, report_on: Examine
) -> None:
    choose(settings, "replicated")
    with Redis.from_url(pair.url) as primary:
        primary.config_set("min-replicas-to-write", 1)
    report = await report_on(pair.url)
    assert [each for each in report.findings if each.level is not FINE] == []
    assert found(report, "waiting").what == "replicas can be waited for"
    choose(settings, "everysec")
    report = await report_on(pair.url)
    assert not {each.check for each in report.findings} & {"replicas", "isolation", "waiting"}


async def test_too_few_replicas_are_told_and_so_is_a_primary_that_would_not_notice(
    pair: Pair, settings: Settings, report_on: Examine
) -> None:
    choose(settings, "replicated", replicas=2)
    with Redis.from_url(pair.url) as primary:
        primary.config_set("min-replicas-to-write", 1)
        replicas, isolation = of_replicas(await report_on(pair.url))
        assert (replicas.level, replicas.cause) == (FAILURE, Cause.TOO_FEW_REPLICAS)
        assert replicas.what.startswith("1 of 2 replicas follow")
        assert (isolation.level, isolation.cause) == (FAILURE, "")
        assert "Set `min-replicas-to-write 2`" in isolation.remedy
        choose(settings, "replicated")
        primary.config_set("min-replicas-max-lag", 0)
        replicas, isolation = of_replicas(await report_on(pair.url))
        primary.config_set("min-replicas-max-lag", 10)
        assert (replicas.level, isolation.level) == (FINE, FAILURE)


async def test_a_replica_that_does_not_follow_any_more_does_not_count(
    settings: Settings, report_on: Examine
) -> None:
    choose(settings, "replicated")
    with (
        replicating(valkey_binary()) as pair,
        Redis.from_url(pair.url, decode_responses=True) as primary,
        Redis.from_url(pair.replica_url) as replica,
    ):
        replica.replicaof("NO", "ONE")
        wait_until_now(lambda: primary.info("replication")["connected_slaves"] == 0)
        replicas, _isolation = of_replicas(await report_on(pair.url))
        assert replicas.what.startswith("0 of 1 replicas follow")


async def test_what_cannot_be_asked_is_a_warning(pair: Pair, settings: Settings, report_on: Examine) -> None:
    choose(settings, "replicated")
    with Redis.from_url(pair.url) as primary:
        rights = {"enabled": True, "passwords": ["+pass"], "keys": ["*"], "channels": ["*"]}
        primary.acl_setuser("ada", **rights, commands=["+@all", "-config"])
        report = await report_on(pair.url.replace("unix://", "unix://ada:pass@"))
        unknown = {each.check for each in report.findings if each.level is WARNING}
        assert unknown >= {"persistence", "isolation"}
        assert "+config|get" in found(report, "persistence").remedy
        assert report.level is WARNING

        primary.acl_setuser("ada", **rights, commands=["-wait"])
        report = await report_on(pair.url.replace("unix://", "unix://ada:pass@"))
        assert found(report, "waiting").cause == Cause.FORBIDDEN


@pytest.mark.parametrize("start", ["$", "middle"])
async def test_a_group_that_was_not_made_at_the_beginning_is_told_while_it_shows(
    start: str, server: tuple[str, Redis], report_on: Examine, keys: Keys
) -> None:
    url, client = server
    ids = [client.xadd(keys.stream, {"a": "b"}) for _ in range(3)]
    client.xgroup_create(keys.stream, "order_processors", id=ids[1] if start == "middle" else start)
    finding = found(await report_on(url), "group")
    client.delete(keys.stream)
    assert finding.level is WARNING
    assert "not made at the beginning" in finding.what


def test_the_document_has_a_table_for_each_level_and_names_its_settings() -> None:
    text = (Path(__file__).parents[2] / "docs/RELIABILITY.md").read_text()
    assert {level for level in KEEPING if f"\n### `{level}`\n\n| lost | costs |" in text} == set(Durability)
    settings = ("ORDERSTREAM_DURABILITY", "ORDERSTREAM_REPLICAS", "ORDERSTREAM_REPLICA_WAIT_SECONDS")
    assert [name for name in settings if name not in text] == []
