"""A wire to Redis that can be cut, and that can lose a reply after the server has obeyed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wire:
    """Passes bytes to a server on a unix socket. `is_cut`: connections are refused by closing them."""

    server: str
    is_cut: bool = False
    replies_to_lose: int = 0
    url: str = ""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        self.is_cut = True
        for writer in self._open:
            writer.close()

    def mend(self) -> None:
        self.is_cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.close()
            return
        there, back = await asyncio.open_unix_connection(self.server)
        self._open |= {writer, back}
        requests = asyncio.create_task(self._requests(reader, back))
        try:
            while data := await there.read(1 << 16):
                if self.replies_to_lose:
                    self.replies_to_lose -= 1
                    return
                writer.write(data)
        finally:
            requests.cancel()
            for end in (writer, back):
                end.close()
                self._open.discard(end)

    async def _requests(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            back.write(data)
        back.close()


@asynccontextmanager
async def wire_to(unix_url: str) -> AsyncIterator[Wire]:
    wire = Wire(unix_url.removeprefix("unix://"))
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire.url = f"redis://127.0.0.1:{port}/0"
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)
