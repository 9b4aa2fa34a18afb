"""What ends a process as it starts, what is waited for, and what is only said."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pytest_django import Settings
from redis import Redis
from structlog.testing import capture_logs

from orderstream.checkup.starting import refusal
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.servers import Pair, free_port, replicating, stopped, valkey_binary


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    options = ("--appendonly", "yes", "--maxmemory", "200mb", "--min-replicas-to-write", "1")
    with replicating(valkey_binary(), *options) as pair:
        yield pair


@pytest.fixture(autouse=True)
def _chosen(settings: Settings) -> None:
    settings.ORDERSTREAM_DURABILITY = "replicated"
    settings.DURABILITY_IS_CHOSEN = True


@pytest.fixture
async def primary(pair: Pair, keys: Keys) -> AsyncIterator[Lane]:
    lane = Lane(connect(pair.url), keys)
    yield lane
    await lane.aclose()


async def refusal_at(url: str, keys: Keys) -> str | None:
    lane = Lane(connect(url), keys)
    try:
        return await refusal(lane)
    finally:
        await lane.aclose()


async def test_a_fit_server_is_started_on_without_a_word(primary: Lane) -> None:
    with capture_logs() as logs:
        assert await refusal(primary) == ""
    assert logs == []


async def test_a_replica_is_waited_for_as_a_server_that_is_away(pair: Pair, keys: Keys) -> None:
    assert await refusal_at(pair.replica_url, keys) is None
    assert await refusal_at(f"redis://127.0.0.1:{free_port()}", keys) is None


async def test_a_server_that_stalls_is_not_waited_for_long(pair: Pair, keys: Keys) -> None:
    with stopped(pair.pid(pair.url)):
        assert await refusal_at(pair.url, keys) is None


async def test_replicas_that_are_away_are_said_and_end_nothing(
    primary: Lane, settings: Settings, pair: Pair
) -> None:
    await primary.client.config_set("min-replicas-to-write", 2)
    settings.ORDERSTREAM_REPLICAS = 2
    try:
        with capture_logs() as logs:
            assert await refusal(primary) == ""
    finally:
        await primary.client.config_set("min-replicas-to-write", 1)
    assert {each["check"] for each in logs} == {"replicas"}


UNFIT = {
    ("appendonly", "no", "yes"): "Set `appendonly yes` and `appendfsync everysec`",
    ("appendfsync", "no", "everysec"): "Set `appendfsync everysec`",
    ("min-replicas-to-write", "0", "1"): "Set `min-replicas-to-write 1`",
    ("maxmemory-policy", "allkeys-lru", "noeviction"): "Set `maxmemory-policy noeviction`",
}


@pytest.mark.parametrize("change", UNFIT)
async def test_a_setting_that_does_not_keep_the_level_ends_it(
    change: tuple[str, str, str], primary: Lane
) -> None:
    name, value, before = change
    await primary.client.config_set(name, value)
    try:
        text = await refusal(primary)
    finally:
        await primary.client.config_set(name, before)
    assert text is not None
    first, *reasons = text.splitlines()
    assert first == "OrderStream cannot start:"
    assert len(reasons) == 1
    assert UNFIT[change] in reasons[0]


async def test_what_may_not_be_asked_is_said_and_ends_nothing(pair: Pair, keys: Keys) -> None:
    with Redis.from_url(pair.url) as client:
        rights = ["+@all", "-config"]
        client.acl_setuser(
            "ada", enabled=True, passwords=["+pass"], keys=["*"], channels=["*"], commands=rights
        )
        with capture_logs() as logs:
            assert await refusal_at(pair.url.replace("unix://", "unix://ada:pass@"), keys) == ""
        assert {each["check"] for each in logs} == {"persistence", "isolation"}
        client.acl_setuser("ada", enabled=True, commands=["-@scripting"])
        text = await refusal_at(pair.url.replace("unix://", "unix://ada:pass@"), keys)
        assert text is not None
        assert "docs/PRODUCTION.md" in text
