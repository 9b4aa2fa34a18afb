"""A TCP proxy between one process and its server, which can do to their traffic what networks do."""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum, auto
from random import Random
from typing import Final

from tests.chaos import resp
from tests.waiting import passed

CHUNK: Final = 1 << 16
LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: what is closed so sends RST, not FIN."""


class Mode(StrEnum):
    """What happens to what passes. Everything but PASS and DELAY leaves a connection without a future."""

    PASS = auto()
    HALF_OPEN = auto()  # neither side hears the other, and neither is told
    SWALLOW_REPLIES = auto()  # the server obeys, and nobody hears of it
    SWALLOW_REQUESTS = auto()
    REFUSE = auto()
    DELAY = auto()


MUTE: Final = {
    Mode.HALF_OPEN: (True, True),
    Mode.SWALLOW_REPLIES: (False, True),
    Mode.SWALLOW_REQUESTS: (True, False),
}
"""Are requests lost, are replies lost."""


@dataclass(slots=True)
class Refusal:
    """`count` commands are answered with this error instead of reaching the server."""

    text: str
    count: int
    names: Collection[str] | None = None

    def takes(self, names: Collection[str]) -> bool:
        return self.count > 0 and (self.names is None or any(name in self.names for name in names))


@dataclass(slots=True, eq=False)
class Link:
    """One connection through the proxy. Once a byte of it was lost it never speaks again: as with TCP, where
    bytes are not lost in the middle."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    is_lost: bool = False
    is_idle: bool = True

    def reset(self) -> None:
        for end in (self.near, self.far):
            with suppress(OSError, AttributeError):
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            end.transport.abort()


@dataclass(slots=True, eq=False)
class Proxy:
    """`hits` counts what each fault has met, so that one can say whether it did anything."""

    to_host: str
    to_port: int
    port: int = 0
    mode: Mode = Mode.PASS
    delay: tuple[float, float] = (0.0, 0.0)
    rng: Random = field(default_factory=Random)
    refusal: Refusal | None = None
    replies_to_cut: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    _links: set[Link] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        return len(self._links)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 1)

    def enter(self, mode: Mode) -> None:
        self.mode = mode
        if mode is Mode.REFUSE:
            self.hits[mode] += len(self._links)
            self.reset()

    def heal(self, *, tell: bool = True) -> None:
        """Let everything pass again. Connections that have lost something end with a reset, or, without
        `tell`, stay silent for as long as the process believes in them."""
        self.mode, self.refusal, self.replies_to_cut = Mode.PASS, None, 0
        for link in [link for link in self._links if link.is_lost]:
            if tell:
                link.reset()
            else:
                link.far.transport.abort()  # the server learns in time that its client is gone

    def reset(self) -> None:
        """End all connections at once, with RST."""
        self.hits["reset"] += len(self._links)
        for link in list(self._links):
            link.reset()

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self.mode is Mode.REFUSE:
            self.hits[self.mode] += 1
            near.transport.abort()
            return
        try:
            answers, far = await asyncio.open_connection(self.to_host, self.to_port)
        except OSError:
            near.transport.abort()
            return
        link = Link(near, far)
        self._links.add(link)
        ways = [
            asyncio.create_task(self._requests(reader, link)),
            asyncio.create_task(self._replies(answers, link)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if link.is_lost and not ways[0].done():
                await asyncio.wait(ways[:1])  # the server has gone, and the process is not to hear of it
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._links.discard(link)
            near.close()
            far.close()

    async def _requests(self, reader: asyncio.StreamReader, link: Link) -> None:
        while data := await _chunk(reader):
            if self.refusal is not None and link.is_idle and not link.is_lost:
                data = await self._refused(self.refusal, data, reader, link)
                if not data:
                    continue
            link.is_idle = False
            self.hits["request"] += 1
            await self._pass(data, link.far, link, is_reply=False)

    async def _replies(self, reader: asyncio.StreamReader, link: Link) -> None:
        while data := await _chunk(reader):
            if self.replies_to_cut and len(data) > 1 and not link.is_lost:
                self.replies_to_cut -= 1
                self.hits["cut"] += 1
                link.near.write(data[: len(data) // 2])
                with suppress(OSError):
                    await link.near.drain()
                return
            link.is_idle = True
            await self._pass(data, link.near, link, is_reply=True)

    async def _pass(self, data: bytes, to: asyncio.StreamWriter, link: Link, *, is_reply: bool) -> None:
        if self.mode is Mode.DELAY:
            self.hits[self.mode] += 1
            await passed(self.rng.uniform(*self.delay))
        if MUTE.get(self.mode, (False, False))[is_reply]:
            self.hits[self.mode] += 1
            link.is_lost = True
            return
        # While replies are lost the server goes on obeying; once that is over the connection is dead.
        if link.is_lost and (is_reply or self.mode is not Mode.SWALLOW_REPLIES):
            return
        with suppress(OSError):
            to.write(data)
            await to.drain()

    async def _refused(
        self, refusal: Refusal, data: bytes, reader: asyncio.StreamReader, link: Link
    ) -> bytes:
        """Answer whole commands with the error; what is to pass after all is given back."""
        while True:
            try:
                names = resp.commands(data)
                break
            except resp.Incomplete:
                more = await _chunk(reader)
                if not more:
                    return data
                data += more
        if not refusal.takes(names):
            return data
        refusal.count -= 1
        self.hits["refused"] += 1
        link.near.write(f"-{refusal.text}\r\n".encode() * len(names))
        with suppress(OSError):
            await link.near.drain()
        return b""


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """What has come; nothing when the connection is over, in whatever way."""
    try:
        return await reader.read(CHUNK)
    except OSError:
        return b""


@asynccontextmanager
async def proxied(
    to_port: int, to_host: str = "127.0.0.1", rng: Random | None = None
) -> AsyncIterator[Proxy]:
    proxy = Proxy(to_host, to_port, rng=rng or Random())
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
