"""The live feed of one event loop, from its first socket to its last: tailer, broadcast, guard."""

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping
from typing import Final

import structlog

from dashboard.broadcast import Broadcast
from dashboard.clients import Client
from dashboard.clock import ServerClock
from dashboard.cursors import Cursor
from dashboard.draining import Draining
from dashboard.guard import Guard, LookUp
from dashboard.pace import Pace
from dashboard.picture import Picture
from dashboard.protocol import (
    CLOSE_BROKEN,
    CLOSE_RESTARTING,
    CLOSE_UNACKNOWLEDGED,
    AccessRevoked,
    ServerDraining,
)
from dashboard.resumption import resumed
from dashboard.tailer import Tailer
from orderstream.configuration.bounds import FeedConf
from orderstream.streams.ending import end
from orderstream.streams.lane import Lane

logger = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 1.5
# Clients come back spread over this and a little more for each of them, lest they all come at once.
COME_BACK_MS: Final = 1_000
COME_BACK_MS_EACH: Final = 5
# Time for the last words to leave before the sockets close.
FAREWELL_SECONDS: Final = 0.3


class Feed:
    """`clients` is the register of its sockets, kept by whoever opened it."""

    def __init__(
        self,
        clients: set[Client],
        lane: Lane,
        waiting_lane: Lane,
        bounds: FeedConf,
        look_up: LookUp,
    ) -> None:
        self._clients, self._lane, self._bounds = clients, lane, bounds
        self.clock = ServerClock()
        self._pace = Pace(bounds.frames_per_second)
        self.picture = Picture(bounds.rows)
        self._broadcast = Broadcast(clients, self.picture, self.clock, self._pace)
        publish = self._broadcast.publish
        self._tailer = Tailer(lane, waiting_lane, self.picture, self.clock, self._pace, publish)
        self._guard = Guard(clients, self.revoke, look_up, bounds.rights_age)
        self._draining = Draining(self.drain)
        self._tasks: list[asyncio.Task[None]] = []
        self.has_failed = False

    def start(self) -> None:
        self._draining.begin()
        for name, work in self._works().items():
            task = asyncio.create_task(work, name=f"feed {name}")
            task.add_done_callback(self._ended)
            self._tasks.append(task)

    async def end(self) -> None:
        self._draining.end()
        await end(self._tasks)
        await self._tailer.close()

    def _works(self) -> Mapping[str, Coroutine[None, None, None]]:
        return {
            "tailer": self._tailer.run(),
            "guard listening": self._guard.listen(),
            "guard looking": self._guard.look(),
            "watch": self._watch(),
        }

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours: better sockets that come back than sockets that stay silent."""
        if not task.cancelled():
            self.has_failed = True
            logger.error("feed ended by a fault", part=task.get_name(), exc_info=task.exception())
            self._tasks.append(asyncio.create_task(self._give_up(), name="feed giving up"))

    async def _give_up(self) -> None:
        for client in list(self._clients):
            await self._dismiss(client, CLOSE_BROKEN)

    async def welcome(self, client: Client, cursor: Cursor | None) -> None:
        """Bring a new socket up to date; it is registered once it has the state that frames go on from."""
        client.heard = self._pace.heard
        await self._tailer.has_looked.wait()
        if cursor is not None:
            client.seen = await resumed(self._lane, self.picture, cursor)
        self._clients.add(client)
        await self._broadcast.send_to(client)
        if self._draining.has_begun:
            await self._see_off(client)

    async def revoke(self, client: Client, code: int) -> None:
        await client.tell(AccessRevoked())
        await self._dismiss(client, code)

    async def drain(self) -> None:
        """Send everybody elsewhere, each at a time of its own."""
        for client in list(self._clients):
            await self._see_off(client)
        await asyncio.sleep(FAREWELL_SECONDS)
        for client in list(self._clients):
            await self._dismiss(client, CLOSE_RESTARTING)

    async def _see_off(self, client: Client) -> None:
        spread = COME_BACK_MS + COME_BACK_MS_EACH * len(self._clients)
        await client.tell(ServerDraining(random.randrange(spread)))  # noqa: S311 no secret

    async def _dismiss(self, client: Client, code: int) -> None:
        self._clients.discard(client)
        await client.close(code)

    async def _watch(self) -> None:
        """Close whoever never acknowledges; let nobody wait for a message for long."""
        silence = self._bounds.silence.total_seconds()
        while True:
            await asyncio.sleep(min(LOOK_EVERY_SECONDS, silence / 2))
            now = time.monotonic()
            for client in [c for c in self._clients if c.window.is_overdue(now, silence)]:
                await self._dismiss(client, CLOSE_UNACKNOWLEDGED)
            if self._tailer.has_looked.is_set() and self._broadcast.quiet_for > HEARTBEAT_SECONDS:
                await self._broadcast.publish(is_heartbeat=True)
