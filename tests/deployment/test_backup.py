"""Backup and restore as docs/PRODUCTION.md tells them: a snapshot over the wire, a server made from it."""

import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis import Redis

from orderstream.domain.outcomes import Completed
from orderstream.streams.connection import connect
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.orders import placed_order, placed_orders
from tests.servers import SERVERS, debian_redis_binary, free_port, running, valkey_binary
from tests.streams.checker import check
from tests.waiting import wait_until_now

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}
TEXT = (Path(__file__).parents[2] / "docs/PRODUCTION.md").read_text()


async def some_work(lane: Lane) -> None:
    """One order completed, one in processing, one waiting."""
    await lane.ensure_group()
    ids = await placed_orders(lane, 3)
    ann = Deliveries(lane, "ann")
    await ann.read(lane.client, 2, None)
    begun = await ann.begin(ids[:2], lease_ms=10_000, patience_ms=10_000, attempts=5)
    assert isinstance(begun[0], Begun)
    await ann.finish([Report(ids[0], begun[0].fence, Completed(), 5)], attempts=5)


async def seen(lane: Lane) -> list[object]:
    """All that would be missed."""
    keys = lane.keys
    pending = await lane.command("XPENDING", keys.stream, lane.group, "-", "+", 10, parse_detail=True)
    return [
        await lane.command("XRANGE", keys.stream, "-", "+"),
        await lane.command("XRANGE", keys.events, "-", "+"),
        await lane.command("HGETALL", keys.totals),
        [(each["message_id"], each["consumer"]) for each in pending],
    ]


@asynccontextmanager
async def lane_at(url: str, keys: Keys) -> AsyncIterator[Lane]:
    client = connect(url)
    try:
        yield Lane(client, keys)
    finally:
        await client.aclose()


@pytest.mark.system
@pytest.mark.parametrize("which", SERVERS)
async def test_a_server_made_from_the_backup_goes_on(which: str, tmp_path: Path, keys: Keys) -> None:
    assert "redis-cli --rdb" in TEXT
    assert re.search(r"redis-server … --appendonly no\n\s+redis-cli CONFIG SET appendonly yes", TEXT)
    binary, port, dump = BINARIES[which](), free_port(), tmp_path / "orders.rdb"
    with running(binary, "--port", str(port), "--appendonly", "yes") as url:
        async with lane_at(url, keys) as lane:
            await some_work(lane)
            before = await seen(lane)
            words = ["redis-cli", "-p", str(port), "--rdb", str(dump)]
            subprocess.run(words, check=True, capture_output=True, timeout=30)  # noqa: ASYNC221 # alone
            await placed_order(lane)  # after the backup: it is lost with the server

    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(dump, data / "dump.rdb")
    with running(binary, "--dir", str(data), "--appendonly", "no") as url, Redis.from_url(url) as plain:
        plain.config_set("appendonly", "yes")
        wait_until_now(lambda: is_written(plain))
    (data / "dump.rdb").unlink()
    with running(binary, "--dir", str(data), "--appendonly", "yes") as url:
        async with lane_at(url, keys) as lane:
            assert await seen(lane) == before
            await placed_order(lane)
            await check(lane)


def is_written(client: Redis) -> bool:
    about = client.info("persistence")
    return not (about["aof_rewrite_in_progress"] or about["aof_rewrite_scheduled"])
