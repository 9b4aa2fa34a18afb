"""The embedded server keeps what it is given, and never fights for a port or a folder."""

import asyncio
import os
import re
import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from orderstream.stack.ports import first_free, is_free
from orderstream.stack.processes import Process, is_ready_now
from orderstream.stack.server import EmbeddedServer, data_folder, end_predecessor, recorded_pid, works_in
from orderstream.streams.connection import connect
from tests.stack.tiny import AT_ONCE, Screen
from tests.waiting import wait_until

pytestmark = pytest.mark.system


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "with a blank")


@pytest.fixture
def taken() -> int:
    """A port on which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


class Started:
    """A server in the hands of a Process, and a client of it."""

    def __init__(self, folder: Path, port: int = 26_379) -> None:
        self.server, self.screen = EmbeddedServer(folder, port), Screen()
        self.process = Process(self.server.program(os.environ), self.screen, AT_ONCE)

    async def __aenter__(self):
        self.keeping = asyncio.create_task(self.process.keep())
        await asyncio.wait_for(self.process.ready.wait(), 20)
        self.client = connect(self.server.url)
        return self

    async def __aexit__(self, *given: object) -> None:
        await self.client.aclose()
        self.process.stop()
        await self.keeping


async def test_what_was_written_is_there_after_the_next_start(folder):
    async with Started(folder) as first:
        await first.client.xadd("orders:stream", {"customer_id": "c"})
    assert recorded_pid(folder) is None
    async with Started(folder) as second:
        assert await second.client.xlen("orders:stream") == 1


async def test_it_runs_with_our_configuration(folder):
    async with Started(folder) as started:
        wanted = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "bind": "127.0.0.1",
            "protected-mode": "yes",
            "maxmemory-policy": "noeviction",
            "dir": str(folder),
        }
        found = await started.client.config_get(*wanted)
        assert found == wanted
        assert int((await started.client.config_get("maxmemory"))["maxmemory"]) > 0


@pytest.mark.parametrize(("level", "sync"), [("always", "always"), ("memory", "everysec")])
async def test_it_keeps_the_level_that_is_asked_for(folder, level, sync, settings):
    settings.ORDERSTREAM_DURABILITY = level
    async with Started(folder) as started:
        assert (await started.client.config_get("appendfsync"))["appendfsync"] == sync


async def test_the_server_of_a_crashed_stack_is_ended_before_the_next(folder):
    async with Started(folder):
        pid = recorded_pid(folder)
        assert await end_predecessor(folder) == pid
        assert not works_in(pid, folder)


async def test_a_pidfile_that_names_somebody_else_harms_nobody(folder):
    (folder / "server.pid").write_text(str(os.getpid()))
    assert await end_predecessor(folder) is None


@pytest.mark.parametrize("content", ["", "nonsense", "999999999"])
async def test_a_useless_pidfile_is_no_predecessor(folder, content):
    (folder / "server.pid").write_text(content)
    assert await end_predecessor(folder) is None


async def test_a_killed_server_comes_back_on_its_port_with_its_data(folder):
    async with Started(folder) as started:
        await started.client.set("kept", "1")
        pid = recorded_pid(folder)
        os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: "redis is back" in started.screen.text)
        fresh = connect(started.server.url)
        assert await fresh.get("kept") == "1"
        await fresh.aclose()


async def test_a_server_that_still_reads_its_file_is_not_ready(folder):
    async def loading(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"-LOADING Valkey is loading the dataset in memory\r\n")
        writer.close()

    async with await asyncio.start_server(loading, "127.0.0.1", 0) as listener:
        program = EmbeddedServer(folder, listener.sockets[0].getsockname()[1]).program(os.environ)
        assert not await is_ready_now(program, 0)


async def test_a_server_of_somebody_else_is_never_taken_for_ours(folder, tmp_path):
    async with Started(data_folder(tmp_path / "theirs")) as theirs:
        ours = EmbeddedServer(folder, theirs.server.port).program(os.environ)
        assert not await is_ready_now(ours, os.getpid())


async def test_a_port_that_is_lost_at_the_last_moment_is_given_up_for_the_next(folder, tmp_path):
    async with Started(data_folder(tmp_path / "theirs")) as theirs:
        started = Started(folder, theirs.server.port)
        looked = started.process.program.before_start

        def lose_it_once() -> None:
            looked()
            if not started.screen.text:
                conf = folder / "server.conf"
                conf.write_text(re.sub(r"port \d+", f"port {theirs.server.port}", conf.read_text()))

        started.process.program = replace(started.process.program, before_start=lose_it_once)
        async with started:
            assert "redis ended" in started.screen.text
            assert started.server.port != theirs.server.port
            await started.client.set("ours", "1")
            assert not await theirs.client.exists("ours")


def test_a_taken_port_is_passed_over(taken):
    assert not is_free("127.0.0.1", taken)
    assert first_free("127.0.0.1", taken) > taken
