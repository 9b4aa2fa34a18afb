"""Lets only a few handshakes of WebSockets proceed at a time, in the order in which they came."""

import asyncio
from typing import Any, Final

from orderstream.access.origins import Application

AT_ONCE: Final = 24
"""Of 200 at once on a process with half a core, 24 at a time let in 200 within 5 s, 48 at a time 165 and 112,
all at once none. With 8 the process waits for its threads where the machine is busy."""
WAIT_SECONDS: Final = 4.0
"""Daphne ends a handshake after 5 s; whose turn comes later is worked on for nobody."""


class InTurn:
    """A handshake costs 10 to 20 ms of CPU. Were all worked on at once when all browsers come back, each
    would take as long as all together, Daphne would end every one after its 5 s, and none would get in.

    Whose turn comes too late is refused, as by LimitedHandshakes, and comes back by itself, later
    each time.
    """

    def __init__(
        self, application: Application, at_once: int = AT_ONCE, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self.application, self._wait_seconds = application, wait_seconds
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            await send({"type": "websocket.close"})  # before it is accepted, which Daphne answers with 403
            return
        is_over = False

        def leave() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._free.release()

        async def answer(message: Any) -> None:
            leave()  # accepted or refused: the handshake is over, while the socket may live for days
            await send(message)

        try:
            await self.application(scope, receive, answer)
        finally:
            leave()
