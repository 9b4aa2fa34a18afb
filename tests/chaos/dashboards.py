"""The dashboards of a run: those that keep a view and must converge, storms of them, and hostile ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from socket import IPPROTO_TCP, TCP_INFO
from typing import Final, Protocol
from urllib.parse import urlsplit

from dashboard.protocol import CLOSE_BROKEN
from tests.chaos.views import Truth, View
from tests.dashboard.raw_socket import RawSocket
from tests.waiting import passed, wait_until

SILENCE_SECONDS: Final = 10.0
"""As in the browser: the feed speaks every two seconds, so a socket silent for so long is dead."""
BACK_SECONDS: Final = (0.25, 1.5)
BROWSER_SECONDS: Final = (0.25, 15.0)
"""The shortest pause of a browser that comes back, and the longest."""
STORM_SECONDS: Final = 30.0
OPEN_SECONDS: Final = 10.0
QUIET_SECONDS: Final = 3.0
"""I11: so soon after things went quiet every dashboard shows the truth."""
CHATTER_SECONDS: Final = 0.02
HEARD_SECONDS: Final = 1.0
ESTABLISHED: Final = 1  # as the kernel numbers the states of TCP
GONE: Final = (OSError, TimeoutError, EOFError)


class World(Protocol):
    @property
    def web_urls(self) -> Sequence[str]: ...
    @property
    def session(self) -> str:
        """Cookie of somebody signed in who may watch."""


@asynccontextmanager
async def watching(world: World, count: int) -> AsyncIterator["Dashboards"]:
    """`count` dashboards over all web processes, each coming back by itself for as long as the block runs."""
    dashboards = Dashboards(world, count)
    tasks = [asyncio.create_task(dashboards.keep(number)) for number in range(count)]
    try:
        yield dashboards
    finally:
        dashboards.is_over = True
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


class Dashboards:
    """`world` gives addresses and a session, anew at each connection."""

    def __init__(self, world: World, count: int) -> None:
        self._world = world
        self._rng = Random(count)
        self.views = [View() for _ in range(count)]
        self.broken: list[str] = []
        """Sockets that a web process closed for an error of its own."""
        self.is_over = False
        self._open: dict[int, RawSocket] = {}

    @property
    def backwards(self) -> list[str]:
        """Where a view went back in version (I11)."""
        return [text for view in self.views for text in view.backwards]

    @property
    def unbalanced(self) -> list[str]:
        """Where figures on a screen did not add up (I7)."""
        return [text for view in self.views for text in view.unbalanced]

    async def converged(self, truth: Truth, within: float = QUIET_SECONDS) -> int:
        """How many show exactly the truth, once all do or the time is over."""
        with suppress(AssertionError):
            await wait_until(lambda: self._equal(truth) == len(self.views), within)
        return self._equal(truth)

    async def storm(self, count: int) -> int:
        """All our own come back at once, and `count` more; how many of these were told anything.

        Each tries again as a browser does: Daphne ends a handshake after 5 s, and of 200 at once on a busy
        machine none may have come so far.
        """
        for socket in list(self._open.values()):
            socket.writer.transport.abort()
        end = asyncio.get_running_loop().time() + STORM_SECONDS
        told = await asyncio.gather(*(self._come(number, end) for number in range(count)))
        return sum(told)

    async def silent(self, count: int, seconds: float) -> tuple[int, int]:
        """So many never read and never speak: how many came, and how many of them were closed by then."""
        return await self._hostiles(count, seconds, None)

    async def chatter(self, count: int, seconds: float) -> tuple[int, int]:
        """So many speak all the time and never read: how many came, and were closed by then."""
        return await self._hostiles(count, seconds, _chatter)

    async def keep(self, number: int) -> None:
        """One dashboard: watch, and when it ends come back after a while, to the next web process."""
        web = number
        while not self.is_over:
            with suppress(*GONE):
                await self._watch(number, web)
            web += 1
            await passed(self._rng.uniform(*BACK_SECONDS))

    async def _watch(self, number: int, web: int) -> None:
        view = self.views[number]
        socket = await self._connect(web, view.cursor)
        self._open[number] = socket
        try:
            while True:
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await socket.receive()
                if isinstance(message, int):
                    if message == CLOSE_BROKEN:
                        self.broken.append(f"dashboard {number} at web-{web % len(self._world.web_urls) + 1}")
                    return
                if message["type"] in {"snapshot", "frame"}:
                    view.apply(message)
                    _acknowledge(socket, message)
        finally:
            self._open.pop(number, None)
            socket.writer.transport.abort()

    async def _connect(self, web: int, cursor: str) -> RawSocket:
        url = self._world.web_urls[web % len(self._world.web_urls)]
        path = f"/ws/board/?cursor={cursor}"
        async with asyncio.timeout(OPEN_SECONDS):
            return await RawSocket.open(urlsplit(url).port or 80, self._world.session, path)

    async def _come(self, number: int, end: float) -> bool:
        """Visit until told something; the pauses double, with jitter above a floor."""
        floor, most = BROWSER_SECONDS
        for attempt in range(1_000):
            if await self._visit(number + attempt):
                return True
            pause = floor + self._rng.random() * min(most, floor * 2**attempt)
            if asyncio.get_running_loop().time() + pause > end:
                break
            await passed(pause)
        return False

    async def _visit(self, number: int) -> bool:
        cursor = self._rng.choice(self.views).cursor if self.views else ""
        with suppress(*GONE):
            socket = await self._connect(number, cursor)
            try:
                async with asyncio.timeout(OPEN_SECONDS):
                    return not isinstance(await socket.receive(), int)
            finally:
                socket.writer.transport.abort()
        return False

    async def _hostiles(
        self, count: int, seconds: float, act: Callable[[RawSocket], None] | None
    ) -> tuple[int, int]:
        ended = await asyncio.gather(*(self._hostile(n, seconds, act) for n in range(count)))
        return sum(each is not None for each in ended), sum(each is True for each in ended)

    async def _hostile(
        self, number: int, seconds: float, act: Callable[[RawSocket], None] | None
    ) -> bool | None:
        """Was it ended by the server? None: it never got in."""
        try:
            socket = await self._connect(number, "")
        except GONE:
            return None
        socket.reader._transport.pause_reading()  # type: ignore[attr-defined] # asyncio reads ahead else
        try:
            return not await _stays(socket, seconds, act)
        except GONE:
            return True
        finally:
            socket.writer.transport.abort()

    def _equal(self, truth: Truth) -> int:
        return sum(view.shows(truth) for view in self.views)


async def _stays(socket: RawSocket, seconds: float, act: Callable[[RawSocket], None] | None) -> bool:
    """Does it live for so long? A writer that is never drained would keep what it says in our own memory."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        if not _is_established(socket):
            return False
        if act is not None:
            act(socket)
            with suppress(TimeoutError):  # nobody takes it, and the socket is open all the same
                async with asyncio.timeout(HEARD_SECONDS):
                    await socket.writer.drain()
        await passed(CHATTER_SECONDS)
    return True


def _is_established(socket: RawSocket) -> bool:
    """Asked of the kernel: who does not read does not see the end."""
    about = socket.writer.get_extra_info("socket")
    if socket.writer.transport.is_closing():
        return False
    return bool(about.getsockopt(IPPROTO_TCP, TCP_INFO, 1)[0] == ESTABLISHED)


def _chatter(socket: RawSocket) -> None:
    socket.send(json.dumps({"type": "acknowledge.cursor", "cursor": "0-0", "at": 0}).encode())


def _acknowledge(socket: RawSocket, message: dict[str, object]) -> None:
    """At most once a second, as a browser does."""
    if (now := asyncio.get_running_loop().time()) - socket.acknowledged_at > 1.0:
        socket.acknowledged_at = now
        socket.acknowledge(message)
