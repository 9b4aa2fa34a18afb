"""One socket as the feed sees it: how to reach it, who sits there, what it has seen, what is in the air."""

import contextlib
import time
from collections.abc import Awaitable, Callable

import structlog

from dashboard.picture import Encoded, Seen
from dashboard.protocol import CLOSE_BROKEN, Outward, encode
from dashboard.windows import InwardLimit, Window

logger = structlog.get_logger(__name__)


def _nobody() -> None:
    """Nobody counts yet."""


class Client:
    """`send` and `close` must not wait for the browser: Daphne's don't, it buffers without bound."""

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
        session_key: str,
        user_id: int,
    ) -> None:
        self._send, self._close = send, close
        self.session_key, self.user_id = session_key, user_id
        self.window = Window()
        self.inward = InwardLimit(time.monotonic())
        self.seen: Seen | None = None
        # Looked up again within a second: a notice between the handshake and now has found nobody.
        self.checked_at = float("-inf")
        self.is_closing = False
        self.heard: Callable[[], None] = _nobody
        """Called for each inward message, once a feed pays for them."""

    async def push(self, message: Encoded) -> None:
        """Send what must be acknowledged."""
        self.window.sent(message.at, len(message.text), time.monotonic())
        self.seen = message.seen
        await self._reach(message.text)

    async def tell(self, message: Outward) -> None:
        """Send what stands outside of the window, as last words do."""
        await self._reach(encode(message))

    async def _reach(self, text: str) -> None:
        try:
            await self._send(text)
        except Exception as error:  # what a server raises for a broken socket must not stop the others' round
            logger.info("socket not reached", error=type(error).__name__)
            await self.close(CLOSE_BROKEN)  # left open it would be served nothing, and nobody would end it

    async def close(self, code: int) -> None:
        if not self.is_closing:
            self.is_closing = True
            with contextlib.suppress(Exception):  # closed by the other side meanwhile
                await self._close(code)
