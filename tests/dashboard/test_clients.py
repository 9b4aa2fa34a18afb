"""Slow, silent and flooding clients: bounded memory (I12), and nobody else notices."""

from datetime import timedelta

import pytest

from dashboard.broadcast import SENDS_AT_A_TIME
from dashboard.clients import Client
from dashboard.lobby import Lobby
from dashboard.protocol import CLOSE_BROKEN, CLOSE_UNACKNOWLEDGED, AccessRevoked
from dashboard.windows import BYTES_IN_AIR, FRAMES_IN_AIR
from orderstream.configuration.bounds import FeedConf
from orderstream.streams.lane import Lane
from tests.dashboard.conftest import Watch
from tests.orders import placed_order, placed_orders
from tests.waiting import wait_until


class Patient:
    """Frames as fast as they come, so that a window closes soon."""

    @pytest.fixture
    def bounds(self) -> FeedConf:
        return FeedConf(frames_per_second=200)


class TestSlow(Patient):
    async def test_one_that_does_not_acknowledge_gets_no_more_than_its_window(
        self, lane: Lane, watch: Watch
    ) -> None:
        slow, quick = await watch(acknowledges=False), await watch()
        for _ in range(3 * FRAMES_IN_AIR):
            order_id = await placed_order(lane)
            await quick.sees(lambda view, i=order_id: view.status_of(i) is not None)
        assert len(slow.texts) == FRAMES_IN_AIR
        assert sum(map(len, slow.texts)) < BYTES_IN_AIR

    async def test_when_it_comes_back_it_gets_the_newest_whole_and_no_queue(
        self, lane: Lane, watch: Watch
    ) -> None:
        slow, quick = await watch(acknowledges=False), await watch()
        for _ in range(FRAMES_IN_AIR + 20):
            order_id = await placed_order(lane)
            await quick.sees(lambda view, i=order_id: view.status_of(i) is not None)
        before = len(slow.messages)
        slow.acknowledges = True
        slow.acknowledge()
        await slow.sees(lambda view: view.status_of(order_id) is not None)
        assert slow.messages[before]["type"] == "snapshot"
        assert slow.view.orders == quick.view.orders


class TestSilent:
    @pytest.fixture
    def bounds(self) -> FeedConf:
        return FeedConf(silence=timedelta(seconds=0.3))

    async def test_one_that_never_acknowledges_is_closed(
        self, lane: Lane, watch: Watch, lobby: Lobby
    ) -> None:
        silent, quick = await watch(acknowledges=False), await watch()
        await wait_until(lambda: silent.closed == CLOSE_UNACKNOWLEDGED)
        order_id = await placed_order(lane)
        await quick.sees(lambda view: view.status_of(order_id) is not None)
        assert quick.closed is None
        assert order_id not in "".join(silent.texts)

    async def test_its_leaving_still_ends_the_feed(self, lane: Lane, watch: Watch, lobby: Lobby) -> None:
        silent = await watch(acknowledges=False)
        await wait_until(lambda: silent.closed == CLOSE_UNACKNOWLEDGED)
        await silent.leave()
        assert lobby.feed is None


async def test_a_socket_that_breaks_in_a_round_stops_nobody(lane: Lane, watch: Watch) -> None:
    async def broken(text: str) -> None:
        raise ConnectionResetError

    watchers = [await watch() for _ in range(4)]
    watchers[1].client._send = broken
    ids = await placed_orders(lane, 2)
    for watcher in (watchers[0], watchers[2], watchers[3]):
        await watcher.sees(lambda view: view.status_of(ids[-1]) is not None)


async def test_many_sockets_are_served_in_turns(lane: Lane, watch: Watch) -> None:
    watchers = [await watch() for _ in range(2 * SENDS_AT_A_TIME + 1)]
    order_id = await placed_order(lane)
    for watcher in watchers:
        await watcher.sees(lambda view: view.status_of(order_id) is not None)
    assert len({id(text) for w in watchers for text in w.texts if order_id in text}) == 1


async def test_a_socket_that_cannot_be_reached_is_closed_and_holds_up_nobody() -> None:
    closed: list[int] = []

    async def send(text: str) -> None:
        raise ConnectionError("gone")

    async def close(code: int) -> None:
        closed.append(code)

    client = Client(send, close, "session", 1)
    await client.tell(AccessRevoked())
    await client.tell(AccessRevoked())
    assert closed == [CLOSE_BROKEN]
