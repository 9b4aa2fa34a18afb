"""The one client factory: never sends twice by itself, waits longer than a blocking read, speaks plainly."""

import asyncio
import builtins
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    DataError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)

from orderstream.streams.connection import (
    BLOCK_MS,
    SOCKET_TIMEOUT_SECONDS,
    DiskFails,
    GroupLost,
    connect,
    explain,
    is_refused,
)
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement, place
from tests.orders import draft, foreign_entry


class LossyWire:
    """Stands between client and server, and swallows every reply once a write has gone through."""

    def __init__(self, server: str) -> None:
        self.server, self.writes = server, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self.server)
        answers = asyncio.create_task(self._answer(from_server, writer))
        while data := await reader.read(65_536):
            self.writes += data.count(b"XADD")
            to_server.write(data)
        answers.cancel()
        to_server.close()
        writer.close()

    async def _answer(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_server.read(65_536):
            if not self.writes:
                writer.write(data)


@pytest.fixture
async def lossy(tmp_path: Path, redis_url: str) -> AsyncIterator[tuple[LossyWire, str]]:
    wire = LossyWire(redis_url.removeprefix("unix://"))
    path = tmp_path / "lossy.sock"
    server = await asyncio.start_unix_server(wire.serve, path)
    yield wire, f"unix://{path}"
    server.close()
    await server.wait_closed()


async def test_a_write_whose_reply_is_lost_is_not_sent_again(
    lossy: tuple[LossyWire, str], lane: Lane
) -> None:
    wire, url = lossy
    client = connect(url)
    client.connection_pool.connection_kwargs["socket_timeout"] = 0.2
    with pytest.raises((TimeoutError, ConnectionError)):
        await Lane(client, lane.keys).command("XADD", lane.keys.stream, "*", "a", "b")
    await client.aclose()
    assert wire.writes == 1
    assert await lane.command("XLEN", lane.keys.stream) == 1


def test_redis_py_is_told_never_to_retry() -> None:
    retry = connect("redis://localhost").connection_pool.connection_kwargs["retry"]
    assert retry.get_retries() == 0


def test_a_blocking_read_ends_before_the_socket_gives_up() -> None:
    kwargs = connect("redis://localhost", blocking=True).connection_pool.connection_kwargs
    assert kwargs["socket_timeout"] == SOCKET_TIMEOUT_SECONDS
    assert BLOCK_MS < SOCKET_TIMEOUT_SECONDS * 1000


async def test_bytes_that_are_no_text_do_not_break_the_connection(lane: Lane) -> None:
    order_id = await foreign_entry(lane, {"customer_id": b"\xff"})
    [(_, fields)] = await lane.command("XRANGE", lane.keys.stream, order_id, order_id)
    assert fields == {"customer_id": "\udcff"}
    assert await lane.client.ping()


async def test_what_cannot_be_packed_in_c_is_packed_all_the_same(lane: Lane) -> None:
    key = lane.keys.worker("x")
    await lane.command("HSET", key, "raw", b"\xff", "surrogate", "\udcff", "number", 1.5, "text", "ü\0 x")
    stored = await lane.command("HGETALL", key)
    assert stored == {"raw": "\udcff", "surrogate": "\udcff", "number": "1.5", "text": "ü\0 x"}
    assert await lane.command("OBJECT ENCODING", key) == "listpack"
    with pytest.raises(DataError):
        await lane.command("HSET", key, "nothing", None)
    assert await lane.client.ping()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AuthenticationError("x"), "password"),
        (BusyLoadingError("x"), "loading"),
        (ReadOnlyError("x"), "replica"),
        (OutOfMemoryError("x"), "memory limit"),
        (DiskFails("x"), "disk"),
        (TimeoutError("x"), "in time"),
        (builtins.TimeoutError(), "in time"),
        (ConnectionError("refused"), "refused"),
        (OSError("no route"), "no route"),
        (GroupLost("x"), "group"),
        (ResponseError("WRONGTYPE"), "WRONGTYPE"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(error: Exception, words: str) -> None:
    sentence = explain(error)
    assert words in sentence
    assert "\n" not in sentence
    assert explain(error, lambda text: f"~{text}") == f"~{sentence}"


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (ReadOnlyError("You can't write against a read only replica."), True),
        (DiskFails("MISCONF"), True),
        (BusyLoadingError("LOADING"), True),
        (AuthenticationError("WRONGPASS"), True),
        (ResponseError("WRONGTYPE Operation … script: on @user_script:259."), False),
        (ConnectionError("Connection reset by peer"), False),
        (TimeoutError("Timeout reading from socket"), False),
    ],
)
def test_a_refusal_is_told_from_what_may_have_begun(error: Exception, is_so: bool) -> None:
    assert is_refused(error) is is_so


async def test_what_broke_within_a_script_is_no_refusal(lane: Lane) -> None:
    await lane.command("SET", lane.keys.events, "no stream")
    with pytest.raises(ResponseError) as broken:
        await place(lane, [Placement(draft())], actor="user:x", backlog_limit=0, key_ttl=None)
    assert not is_refused(broken.value)


def test_what_the_server_said_itself_is_not_looked_up_in_a_catalogue() -> None:
    catalogue = {"Redis refuses the command: %(fault)s.": "Redis nimmt den Befehl nicht an: %(fault)s."}
    sentence = explain(ResponseError("100% WRONGTYPE"), catalogue.__getitem__)
    assert sentence == "Redis nimmt den Befehl nicht an: 100% WRONGTYPE."


def test_a_sentence_ends_with_one_full_stop() -> None:
    assert explain(ConnectionError("Connection refused.")) == "Redis cannot be reached: Connection refused."
