"""Where sockets come in and go out: opens the event loop's feed for the first and ends it after the last."""

import asyncio
import weakref
from dataclasses import replace

from dashboard.access import standing_of
from dashboard.clients import Client
from dashboard.cursors import Cursor
from dashboard.feed import Feed
from dashboard.guard import LookUp
from orderstream import conf
from orderstream.configuration.bounds import FeedConf
from orderstream.streams.connection import connect


class Lobby:
    def __init__(self, bounds: FeedConf, look_up: LookUp = standing_of) -> None:
        self._bounds, self._look_up = bounds, look_up
        self._clients: set[Client] = set()
        self._arriving = 0
        self._turn = asyncio.Lock()  # an end and a new beginning never overlap
        self.feed: Feed | None = None
        """None while nobody is connected."""

    async def enter(self, client: Client, cursor: Cursor | None) -> None:
        """Whoever calls this calls `leave` in the end, also when it fails."""
        self._arriving += 1
        try:
            async with self._turn:
                if self.feed is not None and self.feed.has_failed:
                    await self.feed.end()
                    self.feed = None
                if self.feed is None:
                    self.feed = self._open()
                feed = self.feed
            await feed.welcome(client, cursor)
        finally:
            self._arriving -= 1

    async def leave(self, client: Client) -> None:
        self._clients.discard(client)
        async with self._turn:
            if self.feed is not None and not self._clients and not self._arriving:
                feed, self.feed = self.feed, None
                await feed.end()

    def _open(self) -> Feed:
        lane = conf.lane()
        waiting_lane = replace(lane, client=connect(conf.stream().redis_url, blocking=True))
        feed = Feed(self._clients, lane, waiting_lane, self._bounds, self._look_up)
        feed.start()
        return feed


_lobbies: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Lobby] = weakref.WeakKeyDictionary()


def here() -> Lobby:
    """The lobby of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _lobbies:
        _lobbies[loop] = Lobby(conf.feed())
    return _lobbies[loop]
