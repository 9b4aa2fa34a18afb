"""Placing that waits for replicas: one in step, stopped, gone and back; and on which connection it waits."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from orderstream.streams.connection import AWAY, TooFewReplicas, connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.placing import (
    Busy,
    Conflict,
    NotReplicated,
    Placed,
    Placement,
    Replayed,
    Shortage,
    place,
)
from orderstream.streams.replication import Replication
from tests.orders import draft
from tests.servers import SERVERS, Pair, debian_redis_binary, is_followed, replicating, stopped, valkey_binary
from tests.waiting import wait_until_now

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}
WAIT = timedelta(milliseconds=300)
# Of MONITOR: who said it, and the command. What a script does has no address.
SAID = re.compile(rb'\+[0-9.]+ \[[0-9]+ ([0-9.]+:[0-9]+)\] "(\w+)"')


@pytest.fixture(scope="module", params=SERVERS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with replicating(BINARIES[request.param]()) as pair:
        yield pair


@pytest.fixture
def redis_url(pair: Pair) -> str:
    return pair.url


@pytest.fixture
async def waiting(lane: Lane, keys: Keys, redis_url: str) -> AsyncIterator[Lane]:
    """The lane, with one replica to wait for."""
    lane = Lane(connect(redis_url), keys, replication=Replication(connect(redis_url), 1, WAIT))
    yield lane
    await lane.aclose()


async def placing(lane: Lane, *keys: str | None, digest: str = "") -> list[object]:
    placements = [Placement(draft(), key, "test", digest) for key in keys]
    limit, ttl = 1_000, timedelta(hours=1)
    return list(await place(lane, placements, actor="user:test", backlog_limit=limit, key_ttl=ttl))


async def test_with_a_replica_in_step_it_answers_as_ever(waiting: Lane) -> None:
    [first] = await placing(waiting, "a")
    assert isinstance(first, Placed)
    assert await placing(waiting, "a") == [Replayed(first.order_id)]


async def test_with_a_stopped_replica_the_order_is_named_and_stays_one(waiting: Lane, pair: Pair) -> None:
    with stopped(pair.pid(pair.replica_url)):
        with pytest.raises(NotReplicated) as first:
            await placing(waiting, "a")
        with pytest.raises(NotReplicated) as again:
            await placing(waiting, "a")
    assert (first.value.seen, first.value.replicas) == (0, 1)
    assert isinstance(first.value.answers[0], Placed)
    assert isinstance(again.value.answers[0], Replayed)
    [order_id] = first.value.order_ids
    assert again.value.order_ids == [order_id]
    assert await placing(waiting, "a") == [Replayed(order_id)]
    assert await waiting.client.xlen(waiting.keys.stream) == 1


async def test_a_refusal_is_not_hidden_behind_the_replica(waiting: Lane, pair: Pair) -> None:
    await placing(waiting, "a")
    with stopped(pair.pid(pair.replica_url)):
        [conflict] = await placing(waiting, "a", digest="other")
    assert isinstance(conflict, Conflict)
    await waiting.client.hset(waiting.keys.control, "full", "1")
    assert await placing(waiting, None) == [Busy(Shortage.MEMORY)]


async def test_more_replicas_than_there_are_cannot_be_had(waiting: Lane, keys: Keys) -> None:
    assert waiting.replication is not None
    two = Replication(waiting.replication.client, 2, WAIT)
    with pytest.raises(NotReplicated) as short:
        await placing(Lane(waiting.client, keys, replication=two), "a")
    assert (short.value.seen, short.value.replicas) == (1, 2)


async def test_a_replica_that_was_sent_away_and_came_back(waiting: Lane, pair: Pair) -> None:
    with (
        Redis.from_url(pair.replica_url) as replica,
        Redis.from_url(pair.url, decode_responses=True) as primary,
    ):
        followed = replica.info("replication")["master_port"]
        replica.replicaof("NO", "ONE")
        wait_until_now(lambda: primary.info("replication")["connected_slaves"] == 0)
        with pytest.raises(NotReplicated):
            await placing(waiting, "a")
        replica.replicaof("127.0.0.1", followed)
        wait_until_now(lambda: is_followed(pair.url))
        [answer] = await placing(waiting, "a")
    assert isinstance(answer, Replayed)


async def test_too_few_replicas_for_the_server_itself_place_nothing(waiting: Lane) -> None:
    await waiting.client.config_set("min-replicas-to-write", 2)
    try:
        with pytest.raises(TooFewReplicas):
            await placing(waiting, "a")
    finally:
        await waiting.client.config_set("min-replicas-to-write", 0)
    assert await waiting.client.xlen(waiting.keys.stream) == 0


async def test_a_key_stands_for_its_order_also_where_nothing_can_be_written(waiting: Lane) -> None:
    [placed] = await placing(waiting, "a")
    await waiting.client.config_set("min-replicas-to-write", 2)
    try:
        with pytest.raises(NotReplicated) as again:
            await placing(waiting, "a")
        assert again.value.order_ids == [placed.order_id]
        assert await placing(waiting, "a", digest="other") == [Conflict(str(placed.order_id))]
    finally:
        await waiting.client.config_set("min-replicas-to-write", 0)
    assert await placing(waiting, "a") == [Replayed(str(placed.order_id))]


async def test_a_server_that_forgot_its_scripts_is_taught_and_waited_for(waiting: Lane, pair: Pair) -> None:
    await placing(waiting, "a")
    await waiting.client.script_flush()
    with stopped(pair.pid(pair.replica_url)), pytest.raises(NotReplicated):
        await placing(waiting, "b")
    assert await waiting.client.xlen(waiting.keys.stream) == 2


async def test_of_two_hundred_at_once_with_a_stopped_replica_none_is_answered_as_placed(
    waiting: Lane, pair: Pair
) -> None:
    assert waiting.replication is not None
    quick = Replication(waiting.replication.client, 1, timedelta(milliseconds=100))
    lane = Lane(waiting.client, waiting.keys, replication=quick)
    with stopped(pair.pid(pair.replica_url)):
        calls = (placing(lane, f"while-{number}") for number in range(200))
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert Counter(type(answer).__name__ for answer in answers) == {"NotReplicated": 200}
    ids = {order_id for answer in answers for order_id in getattr(answer, "order_ids", ())}
    assert len(ids) == 200

    again = await asyncio.gather(*(placing(lane, f"while-{number}") for number in range(200)))
    assert {type(answer) for [answer] in again} == {Replayed}
    assert await waiting.client.xlen(waiting.keys.stream) == 200


class Rotating(list[Any]):
    """Of a pool: the connection that rested longest comes first; the last one used would hide the fault."""

    def pop(self, _index: Any = -1) -> Any:
        return super().pop(0)


async def test_each_waits_on_the_connection_that_wrote(waiting: Lane, keys: Keys) -> None:
    """WAIT counts what its own connection wrote last: on another one it may count what was there before."""
    port = (await waiting.client.config_get("port"))["port"]
    client = connect(f"redis://127.0.0.1:{port}")
    pool: Any = client.connection_pool
    await asyncio.gather(*(client.ping() for _ in range(20)))
    pool._available_connections = Rotating(pool._available_connections)
    lane = Lane(waiting.client, keys, replication=Replication(client, 1, WAIT))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), limit=1_000_000)
    writer.write(b"MONITOR\r\n")
    assert await reader.readline() == b"+OK\r\n"

    calls = (placing(lane, str(number)) for number in range(200))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    # On a busy machine the replica may need longer for as many; who asked whom is the same.
    assert {type(answer) for answer in answers} <= {list, NotReplicated}

    last: dict[bytes, bytes] = {}
    before: list[bytes] = []
    while len(before) < 200:
        if (said := SAID.match(await reader.readline())) is not None:
            whose, command = said[1], said[2].upper()
            if command == b"WAIT":
                before.append(last[whose])
            last[whose] = command
    assert set(before) <= {b"EVALSHA", b"EVAL"}
    assert len(last) > 2
    writer.close()
    await client.aclose()


async def test_a_primary_that_dies_while_it_is_waited_for_leaves_it_unknown(keys: Keys) -> None:
    with replicating(valkey_binary()) as pair:
        lane = Lane(
            connect(pair.url), keys, replication=Replication(connect(pair.url), 1, timedelta(seconds=4))
        )
        primary, replica = pair.pid(pair.url), pair.pid(pair.replica_url)
        with stopped(replica), Redis.from_url(pair.url) as watching:
            call = asyncio.create_task(placing(lane, "a"))
            await asyncio.to_thread(wait_until_now, lambda: watching.xlen(keys.stream) == 1)
            os.kill(primary, signal.SIGKILL)
            with pytest.raises(AWAY):
                await call
        await lane.aclose()
