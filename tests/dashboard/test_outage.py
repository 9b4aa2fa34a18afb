"""Redis goes and comes back: sockets stay, the board says so, and is right again afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from dashboard.lobby import Lobby
from orderstream import conf
from orderstream.streams.lane import Lane
from tests.dashboard.conftest import Watch
from tests.dashboard.watching import View
from tests.orders import placed_order
from tests.servers import answers, valkey_binary
from tests.waiting import wait_until_now


class Server:
    """One that can be ended and started again, with or without what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.url = f"unix://{folder}/server.sock"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", f"{self._folder}/server.sock", "--dir", str(self._folder)]
        # `everysec` puts a write off while the disk is busy, so that a kill could take an order with it.
        durable = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        command = [str(valkey_binary()), *options, *durable]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until_now(lambda: answers(self.url))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        shutil.rmtree(self._folder / "appendonlydir")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="orderstream-"))
    server = Server(folder)
    server.start()
    monkeypatch.setattr(settings, "REDIS_URL", server.url)
    yield server
    server.kill()
    shutil.rmtree(folder)


@pytest.fixture
async def lane(server: Server, namespace: str) -> AsyncIterator[Lane]:
    lane = conf.lane()
    await lane.ensure_group()
    yield lane
    await conf.close_lanes()


def is_away(view: View) -> bool:
    return view.figures.get("redis") == "away"


def is_back(view: View) -> bool:
    return view.figures.get("redis") == "ok"


async def test_boards_keep_what_they_show_and_are_right_again(
    server: Server, lane: Lane, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    before = await placed_order(lane)
    watcher = await watch()
    for _ in range(2):
        server.kill()
        await watcher.sees(is_away)
        assert watcher.view.status_of(before) == "pending"
        assert watcher.view.figures["totals"]["placed"] >= 1
        server.start()
        await watcher.sees(is_back, 10)
        later = await placed_order(lane)
        await watcher.sees(lambda view, i=later: view.status_of(i) == "pending")
    assert watcher.closed is None
    assert watcher.types().count("snapshot") == 1, "what stayed was not sent again"
    assert said(caplog, "redis lost") == said(caplog, "redis regained") == 2, "once at each edge"


async def test_a_socket_that_opens_meanwhile_is_told_and_gets_the_truth_later(
    server: Server, lane: Lane, watch: Watch
) -> None:
    order_id = await placed_order(lane)
    server.kill()
    watcher = await watch()
    assert watcher.types() == ["snapshot"]
    assert is_away(watcher.view)
    assert watcher.view.figures["totals"] is None, "unknown, not 0"
    server.start()
    await watcher.sees(lambda view: view.status_of(order_id) == "pending", 10)
    assert is_back(watcher.view)


async def test_a_server_that_comes_back_without_its_orders_takes_the_boards_back(
    server: Server, lane: Lane, watch: Watch, lobby: Lobby
) -> None:
    await placed_order(lane)
    watcher = await watch()
    cursor = watcher.view.cursor
    server.kill()
    await watcher.sees(is_away)
    server.forget()
    server.start()
    await watcher.sees(lambda view: is_back(view) and not view.rows, 10)
    assert watcher.view.cursor < cursor
    assert watcher.view.figures["totals"]["placed"] == 0
    assert watcher.view.figures["lag"] is None, "without a group nobody knows"


async def test_a_log_that_is_taken_back_on_a_living_server_is_noticed(lane: Lane, watch: Watch) -> None:
    await placed_order(lane)
    watcher = await watch()
    await lane.command("FLUSHALL")
    await watcher.sees(lambda view: not view.rows, 5)
    order_id = await placed_order(lane)
    await watcher.sees(lambda view: view.status_of(order_id) == "pending")
    assert len(watcher.view.rows) == 1


def said(caplog: pytest.LogCaptureFixture, phrase: str) -> int:
    return sum(phrase in event_of(record.msg) for record in caplog.records)


def event_of(message: Any) -> str:
    return str(message.get("event")) if isinstance(message, dict) else str(message)
