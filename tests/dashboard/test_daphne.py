"""What only a real server shows: the end of a process, its memory, a browser that does not read."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from dashboard.protocol import CLOSE_FLOODED, CLOSE_RESTARTING
from dashboard.windows import FRAMES_IN_AIR
from orderstream.streams.lane import Lane
from tests.dashboard.daphne import Web, running_web
from tests.dashboard.raw_socket import RawSocket
from tests.orders import placed_order
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.fixture
def web(redis_url: str, namespace: str) -> Iterator[Web]:
    with running_web(redis_url, namespace) as web:
        yield web


@pytest.fixture
async def sockets(web: Web) -> AsyncIterator[list[RawSocket]]:
    opened: list[RawSocket] = []
    yield opened
    for each in opened:
        await each.close()


async def opened(web: Web, sockets: list[RawSocket], path: str = "/ws/board/") -> RawSocket:
    each = await RawSocket.open(web.port, web.session, path)
    sockets.append(each)
    return each


async def until(each: RawSocket, text: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            message = await each.receive()
            assert isinstance(message, dict), message
            if "cursor" in message:
                each.acknowledge_in_time(message)
            if text in str(message):
                return message


async def test_on_sigterm_sockets_are_told_before_they_close(
    web: Web, lane: Lane, sockets: list[RawSocket]
) -> None:
    pair = [await opened(web, sockets) for _ in range(2)]
    for each in pair:
        await until(each, "snapshot")
    web.process.send_signal(signal.SIGTERM)
    told = [await until(each, "server.draining") for each in pair]
    assert all(0 <= message["after_ms"] < 2_000 for message in told)
    async with asyncio.timeout(10):
        codes = [await each.receive() for each in pair]
        assert codes == [CLOSE_RESTARTING, CLOSE_RESTARTING]
        assert await asyncio.to_thread(web.process.wait) == 0
    assert b"Traceback" not in web.log.read_bytes()


async def test_a_process_without_sockets_ends_at_once(web: Web) -> None:
    web.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        assert await asyncio.to_thread(web.process.wait) == 0


async def test_a_browser_that_does_not_read_has_its_window_waiting_and_no_more(
    web: Web, lane: Lane, sockets: list[RawSocket]
) -> None:
    quick, slow = await opened(web, sockets), await opened(web, sockets)
    await until(quick, "snapshot")
    for _ in range(FRAMES_IN_AIR + 10):
        await until(quick, await placed_order(lane))
    waiting = [await slow.receive() for _ in range(FRAMES_IN_AIR)]
    # Nothing else was buffered for it: what comes after its acknowledgement is the newest, whole.
    order_id = await placed_order(lane)
    await until(quick, order_id)
    slow.acknowledge(cast(dict[str, Any], waiting[-1]))
    following = await slow.receive()
    assert isinstance(following, dict)
    assert following["type"] == "snapshot"
    assert order_id in str(following)


async def test_a_flood_is_closed_and_others_are_served(
    web: Web, lane: Lane, sockets: list[RawSocket]
) -> None:
    quick, flooding = await opened(web, sockets), await opened(web, sockets)
    await until(quick, "snapshot")
    first = await flooding.receive()
    assert isinstance(first, dict)
    for _ in range(500):
        flooding.acknowledge(first)
    async with asyncio.timeout(10):
        while isinstance(closed := await flooding.receive(), dict):
            pass
    assert closed == CLOSE_FLOODED
    await until(quick, await placed_order(lane))


async def test_without_a_session_there_is_no_socket(web: Web) -> None:
    with pytest.raises(ConnectionRefusedError, match="403"):
        await RawSocket.open(web.port, "nobody")


async def test_sockets_that_come_and_go_leave_nothing_behind(
    web: Web, lane: Lane, client: Redis, sockets: list[RawSocket]
) -> None:
    async def nobody_waits_for_events() -> bool:
        return not [c for c in await client.client_list() if c["cmd"] == "xread"]

    for _ in range(3):
        many = [await opened(web, sockets) for _ in range(20)]
        for each in many:
            await until(each, "snapshot")
            await each.close()
        await wait_until(nobody_waits_for_events)
