"""The proxy does to a real server's clients what it says, and nothing while it is to do nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, ReadOnlyError, TimeoutError

from orderstream.streams.connection import connect
from tests.chaos import resp
from tests.chaos.proxy import Mode, Proxy, Refusal, proxied
from tests.servers import free_port, running, valkey_binary
from tests.waiting import wait_until

GONE = (ConnectionError, TimeoutError)
PATIENCE = 0.3


@asynccontextmanager
async def a_wire() -> AsyncIterator[tuple[Proxy, Redis, Redis]]:
    """A proxy, a client through it that loses patience soon, and one beside it."""
    port = free_port()
    with running(valkey_binary(), "--port", str(port)) as url:
        async with proxied(port) as proxy:
            through, beside = connect(f"redis://127.0.0.1:{proxy.port}/0"), connect(url)
            through.connection_pool.connection_kwargs["socket_timeout"] = PATIENCE
            try:
                yield proxy, through, beside
            finally:
                await through.aclose()
                await beside.aclose()


async def test_everything_passes_whatever_its_size() -> None:
    async with a_wire() as (_proxy, through, beside):
        text = "x" * 3_000_000
        through.connection_pool.connection_kwargs["socket_timeout"] = 10
        await through.set("large", text)
        assert await beside.get("large") == await through.get("large") == text


async def test_a_swallowed_reply_is_of_a_command_that_was_done() -> None:
    async with a_wire() as (proxy, through, beside):
        await through.ping()
        proxy.enter(Mode.SWALLOW_REPLIES)
        with pytest.raises(GONE):
            await through.incr("done")
        assert await beside.get("done") == "1"
        proxy.heal()
        assert await through.incr("done") == 2


async def test_a_swallowed_request_reaches_nobody() -> None:
    async with a_wire() as (proxy, through, beside):
        await through.ping()
        proxy.enter(Mode.SWALLOW_REQUESTS)
        with pytest.raises(GONE):
            await through.incr("done")
        proxy.heal()
        assert await beside.get("done") is None
        assert proxy.hits[Mode.SWALLOW_REQUESTS] == 1


async def test_a_connection_that_was_half_open_never_speaks_again_and_a_new_one_does() -> None:
    async with a_wire() as (proxy, through, _beside):
        await through.ping()
        proxy.enter(Mode.HALF_OPEN)
        with pytest.raises(GONE):
            await through.ping()
        proxy.heal(tell=False)
        assert await through.ping()


async def test_the_server_learns_of_a_half_open_client_and_the_client_does_not() -> None:
    async with a_wire() as (proxy, through, beside):
        subscriber = through.pubsub()
        await subscriber.subscribe("news")
        await subscriber.get_message(timeout=1)
        proxy.enter(Mode.HALF_OPEN)
        await beside.publish("news", "lost")
        await wait_until(lambda: proxy.hits[Mode.HALF_OPEN])
        proxy.heal(tell=False)

        async def is_forgotten() -> bool:
            return (await beside.pubsub_numsub("news"))[0][1] == 0

        await wait_until(is_forgotten)
        assert proxy.connections == 1
        assert await subscriber.get_message(timeout=PATIENCE / 2) is None
        await subscriber.aclose()


async def test_connections_are_reset_and_refused_until_it_is_healed() -> None:
    async with a_wire() as (proxy, through, _beside):
        await through.ping()
        proxy.enter(Mode.REFUSE)
        with pytest.raises(GONE):
            await through.ping()
        with pytest.raises(GONE):
            await through.ping()
        proxy.heal()
        assert await through.ping()


async def test_a_reply_is_cut_in_the_middle() -> None:
    async with a_wire() as (proxy, through, beside):
        await beside.set("text", "x" * 1000)
        await through.ping()
        proxy.replies_to_cut = 1
        with pytest.raises(GONE):
            await through.get("text")
        assert await through.get("text") == "x" * 1000


async def test_commands_are_answered_with_an_error_and_not_done() -> None:
    async with a_wire() as (proxy, through, beside):
        await through.ping()
        proxy.refusal = Refusal("READONLY it is a replica", 1, {"INCRBY"})
        assert await through.ping()  # another command passes
        with pytest.raises(ReadOnlyError):
            await through.incr("done")
        assert await through.incr("done") == 1
        assert await beside.get("done") == "1"


async def test_each_command_of_a_pipeline_gets_its_error() -> None:
    async with a_wire() as (proxy, through, beside):
        await through.ping()
        proxy.refusal = Refusal("READONLY it is a replica", 1)
        replies = await through.pipeline(transaction=False).incr("a").incr("b").execute(raise_on_error=False)
        assert [type(reply).__name__ for reply in replies] == ["ReadOnlyError"] * 2
        assert await beside.exists("a", "b") == 0
        assert await through.ping()


async def test_a_delay_makes_late_and_loses_nothing() -> None:
    async with a_wire() as (proxy, through, _beside):
        proxy.delay = (0.01, 0.05)
        proxy.enter(Mode.DELAY)
        assert [await through.incr("n") for _ in range(5)] == [1, 2, 3, 4, 5]
        assert proxy.hits[Mode.DELAY] >= 10


def test_the_names_of_whole_commands_are_read_and_a_part_is_told() -> None:
    data = b"*2\r\n$3\r\nget\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nPING\r\n"
    assert resp.commands(data) == ["GET", "PING"]
    for end in range(1, len(data)):
        if end != data.index(b"*1"):
            with pytest.raises(resp.Incomplete):
                resp.commands(data[:end])
