"""Closes sockets whose session or rights ended: at once on a notice, by itself within a minute."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any, Final

import structlog
from channels.layers import get_channel_layer

from dashboard.access import Standing
from dashboard.clients import Client
from orderstream.access import notices

logger = structlog.get_logger(__name__)

# channels_redis forgets a member of a group after a day; a restarted Redis has forgotten it already.
JOIN_AGAIN_SECONDS: Final = 600.0
DEAF_PAUSE_SECONDS: Final = 1.0
LOOK_EVERY_SECONDS: Final = 1.0

Dismiss = Callable[[Client, int], Awaitable[None]]
LookUp = Callable[[str], Awaitable[Standing]]


class Guard:
    """One for all sockets of an event loop: a channel of its own, so that sockets cost the layer nothing."""

    def __init__(
        self, clients: Collection[Client], dismiss: Dismiss, look_up: LookUp, rights_age: timedelta
    ) -> None:
        self._clients, self._dismiss, self._look_up = clients, dismiss, look_up
        self._rights_age = rights_age.total_seconds()
        self._hears = True

    async def listen(self) -> None:
        """Until cancelled. A layer that fails makes us deaf, not blind: `look` goes on."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(JOIN_AGAIN_SECONDS):
                    await self._listen_or_say_so()
            await asyncio.sleep(0 if self._hears else DEAF_PAUSE_SECONDS)

    async def look(self) -> None:
        """Until cancelled: each socket's rights once in `rights_age`, in case a notice was lost."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            now = time.monotonic()
            await self._check([c for c in self._clients if now - c.checked_at > self._rights_age])

    async def _listen_or_say_so(self) -> None:
        try:
            await self._listen()
        except Exception as error:  # the layer raises what its backend raises
            if self._hears:
                logger.warning("notices not heard; rights are looked up", error=type(error).__name__)
            self._hears = False

    async def _listen(self) -> None:
        layer = get_channel_layer()
        if layer is None:
            await asyncio.Event().wait()
            return
        channel = await layer.new_channel()
        await layer.group_add(notices.GROUP, channel)
        self._hears = True
        # What was said while nobody listened is made up for by looking.
        await self._check(list(self._clients))
        try:
            while True:
                await self._obey(await layer.receive(channel))
        finally:
            with contextlib.suppress(Exception):
                await layer.group_discard(notices.GROUP, channel)

    async def _obey(self, notice: dict[str, Any]) -> None:
        match notice:
            case {"type": "session.ended", "session": mark}:
                # Said of this very session: there is nothing to look up.
                for client in [c for c in self._clients if notices.session_mark(c.session_key) == mark]:
                    await self._dismiss(client, Standing.SIGNED_OUT.value)
            case {"type": "rights.changed", "user_id": user_id}:
                await self._check([c for c in self._clients if user_id in (None, c.user_id)])

    async def _check(self, clients: Collection[Client]) -> None:
        """One look for all sockets of a session."""
        for session_key in {client.session_key for client in clients}:
            try:
                standing = await self._look_up(session_key)
            except Exception as error:  # the database is away or locked: nobody's rights have ended by that
                logger.warning("rights not looked up", error=type(error).__name__)
                return
            for client in [c for c in clients if c.session_key == session_key]:
                client.checked_at = time.monotonic()
                if standing is not Standing.WELCOME:
                    await self._dismiss(client, standing.value)
