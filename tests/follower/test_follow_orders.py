"""The follower as a process of its own: what it prints, where it goes on, and what it bears."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from orderstream.streams.connection import connect
from orderstream.streams.deliveries import Deliveries
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.servers import free_port, running, valkey_binary
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.system


class Follower:
    """`lines` grows as it prints, `said` as it tells."""

    def __init__(self, url: str, prefix: str, folder: Path, *words: str) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "follow_orders", *words],
                cwd=ROOT,
                env=os.environ | {"REDIS_URL": url, "ORDERSTREAM_KEY_PREFIX": prefix},
                stdout=out,
                stderr=err,
            )

    @property
    def lines(self) -> list[str]:
        return self._out.read_text().splitlines()

    @property
    def said(self) -> list[str]:
        return self._err.read_text().splitlines()

    def ended(self, number: signal.Signals | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(30)


Follow = Callable[..., Follower]


@pytest.fixture
def follow(redis_url: str, namespace: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Follow]:
    started: list[Follower] = []

    def start(*words: str, url: str = redis_url) -> Follower:
        started.append(Follower(url, namespace, tmp_path_factory.mktemp("follower"), *words))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.ended()


async def test_orders_are_printed_from_the_beginning_a_line_each(follow: Follow, lane: Lane) -> None:
    ids = await placed_orders(lane, 3, note="two words", reference="PO-1")
    follower = follow("--from", "0", "--count", "3")
    assert follower.ended() == 0
    assert [line.split("  ")[1] for line in follower.lines] == ids
    assert follower.lines[0].endswith(
        'customer_id=C-1  product_id=P-1  quantity=2  price=4.15  reference=PO-1  note="two words"'
    )
    assert follower.said == []


async def test_they_are_printed_as_they_come_and_ctrl_c_says_how_to_go_on(follow: Follow, lane: Lane) -> None:
    first = await placed_order(lane)
    follower = follow("--from", "0")
    await wait_until(lambda: len(follower.lines) == 1, 30)
    second = await placed_order(lane)
    await wait_until(lambda: len(follower.lines) == 2)
    assert second in follower.lines[1]
    assert follower.ended(signal.SIGINT) == 0
    assert follower.said == [f"Up to {second}. To go on: manage.py follow_orders --from {second}"]
    third = await placed_order(lane)
    going_on = follow("--from", second, "--count", "1", "--json")
    assert going_on.ended() == 0
    assert json.loads(going_on.lines[0])["id"] == third
    assert first not in "".join(going_on.lines)


async def test_without_a_place_it_begins_now(follow: Follow, lane: Lane, client: Redis) -> None:
    old = await placed_order(lane)

    async def waits() -> bool:
        return any(each["cmd"] == "xread" for each in await client.client_list())

    follower = follow()
    await wait_until(waits, 30)
    new = await placed_order(lane)
    await wait_until(lambda: bool(follower.lines))
    assert new in follower.lines[0]
    assert follower.ended(signal.SIGTERM) == 0
    assert old not in "".join(follower.lines)


async def test_events_tell_each_change_with_who_made_it(follow: Follow, lane: Lane) -> None:
    order_id = await placed_order(lane)
    deliveries = Deliveries(lane, "ann")
    await deliveries.read(lane.client, 1, None)
    await deliveries.begin([order_id], lease_ms=10_000, patience_ms=10_000, attempts=5)
    follower = follow("--events", "--from", "0", "--count", "2")
    assert follower.ended() == 0
    placed, started = follower.lines
    assert f"order.placed  {order_id}  v1  - → pending  by user:test" in placed
    assert f"order.started  {order_id}  v2  pending → processing  by worker:ann" in started
    as_json = follow("--events", "--from", "0", "--count", "1", "--json")
    assert as_json.ended() == 0
    assert json.loads(as_json.lines[0])["fields"]["type"] == "order.placed"


async def test_whatever_somebody_wrote_stays_in_its_line(follow: Follow, lane: Lane) -> None:
    await foreign_entry(lane, {"a\x1b[2J": "b\nc", "raw": b"\xff", "empty": "", "id": "x  y"})
    plain, as_json = follow("--from", "0", "--count", "1"), follow("--from", "0", "--count", "1", "--json")
    assert (plain.ended(), as_json.ended()) == (0, 0)
    [line] = plain.lines
    assert line.isprintable()
    assert 'empty=""' in line
    [line] = as_json.lines
    assert json.loads(line)["fields"]["a\x1b[2J"] == "b\nc"


def test_a_place_that_is_none_is_refused_in_a_sentence(follow: Follow) -> None:
    follower = follow("--from", "2026-11-20")
    assert follower.ended() == 1
    [sentence] = follower.said
    assert "--from: '2026-11-20' is no place in a stream." in sentence
    assert "1795203724000-0" in sentence


def test_a_count_that_is_none_is_refused(follow: Follow) -> None:
    follower = follow("--count=0")
    assert follower.ended() == 2
    assert "whole number from 1" in follower.said[-1]


async def test_a_server_that_is_away_is_waited_for(follow: Follow, namespace: str, tmp_path: Path) -> None:
    port = free_port()
    options = ("--dir", str(tmp_path), "--appendonly", "yes", "--port", str(port))
    url = f"redis://localhost:{port}"
    keys = Keys.namespaced(namespace)
    follower = follow("--from", "0", url=url)
    await wait_until(lambda: bool(follower.said), 30)
    assert "Trying again until it answers." in follower.said[0]
    for expected in (1, 2):
        with running(valkey_binary(), *options):
            client = connect(url)
            order_id = await placed_order(Lane(client, keys))
            await wait_until(lambda expected=expected: len(follower.lines) >= expected, 30)
            assert order_id in follower.lines[expected - 1]
            await client.aclose()
    assert "Redis answers again." in follower.said
    # Before, between and after the two servers; each once, however often it tried.
    assert len([line for line in follower.said if "Trying again" in line]) <= 3
    assert follower.ended(signal.SIGINT) == 0
    assert len(follower.lines) == 2


async def test_what_waiting_does_not_mend_ends_it(follow: Follow, lane: Lane, keys: Keys) -> None:
    await lane.command("SET", keys.events, "no stream")
    follower = follow("--events", "--from", "0")
    assert follower.ended() == 1
    assert "WRONGTYPE" in follower.said[-1]
    assert "Traceback" not in "".join(follower.said)


async def test_what_was_removed_is_told(follow: Follow, lane: Lane, keys: Keys) -> None:
    ids = await placed_orders(lane, 3)
    await lane.command("XTRIM", keys.stream, "MINID", ids[2])
    follower = follow("--from", "0", "--count", "1")
    assert follower.ended() == 0
    assert follower.said == [f"What stood there is removed; the first that is left is {ids[2]}."]
    quiet = follow("--from", ids[1], "--count", "1")
    assert quiet.ended() == 0


async def test_whoever_reads_may_have_enough(
    follow: Follow, lane: Lane, redis_url: str, namespace: str
) -> None:
    ids = await placed_orders(lane, 50)
    command = f"{sys.executable} manage.py follow_orders --from 0 | head -n 2"
    process = await asyncio.create_subprocess_shell(
        command,
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": redis_url, "ORDERSTREAM_KEY_PREFIX": namespace},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 50)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the shell and what it started
    assert [line.split("  ")[1] for line in out.decode().splitlines()] == ids[:2]
    assert b"Traceback" not in err
