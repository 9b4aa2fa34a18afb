"""Brings every client from what it has seen to what is known: one encoding for all that saw the same."""

import asyncio
import time
from collections.abc import Collection
from typing import Final

from dashboard.clients import Client
from dashboard.clock import ServerClock
from dashboard.pace import Pace
from dashboard.picture import Encoded, Picture, Seen
from dashboard.protocol import encode

# Others get their turn between so many sends: a request must not wait for a thousand sockets.
SENDS_AT_A_TIME: Final = 50


class Broadcast:
    """The picture and its way out. A client that is slow holds up nobody: it is passed over."""

    def __init__(self, clients: Collection[Client], picture: Picture, clock: ServerClock, pace: Pace) -> None:
        self._clients = clients
        self._picture, self._clock, self._pace = picture, clock, pace
        self._turn = asyncio.Lock()
        self._at = clock.tick()
        self._encoded: dict[Seen | None, Encoded | None] = {}
        self._began = self._told_at = time.monotonic() - 60
        self._told = picture.now()

    @property
    def silent_for(self) -> float:
        """Seconds since the last round began."""
        return time.monotonic() - self._began

    @property
    def quiet_for(self) -> float:
        """Seconds since a round that told something; a round without news reaches nobody."""
        return time.monotonic() - self._told_at

    async def publish(self, *, is_heartbeat: bool = False) -> None:
        """Send what is new, as soon as the pace allows; a heartbeat also says that nothing is new."""
        async with self._turn:
            await asyncio.sleep(max(0.0, self._pace.interval - self.silent_for))
            elapsed, self._began = self.silent_for, time.monotonic()
            self._begin_round()
            if is_heartbeat or self._picture.now() != self._told:
                self._told, self._told_at = self._picture.now(), self._began
            cost = await self._round(is_heartbeat)
            self._pace.pushed(cost, elapsed)

    async def send_to(self, client: Client, *, is_heartbeat: bool = True) -> None:
        """While its window is closed a client gets nothing, and afterwards the whole: never a queue."""
        if client.is_closing:
            return
        if not client.window.is_open:
            client.seen = None
            return
        if client.seen == self._picture.now() and not is_heartbeat:
            return
        message = self._message_for(client.seen)
        if message is not None:
            await client.push(message)

    def _begin_round(self) -> None:
        self._at = self._clock.tick()
        self._encoded.clear()

    async def _round(self, is_heartbeat: bool) -> float:
        """CPU seconds it took, without what others did in between."""
        clients, cost = list(self._clients), 0.0
        for first in range(0, len(clients), SENDS_AT_A_TIME):
            start = time.thread_time()
            for client in clients[first : first + SENDS_AT_A_TIME]:
                await self.send_to(client, is_heartbeat=is_heartbeat)
            cost += time.thread_time() - start
            await asyncio.sleep(0)
        return cost

    def _message_for(self, seen: Seen | None) -> Encoded | None:
        if seen not in self._encoded:
            message = self._picture.message_for(seen, self._at)
            self._encoded[seen] = (
                None if message is None else Encoded(encode(message), self._at, self._picture.now())
            )
        return self._encoded[seen]
