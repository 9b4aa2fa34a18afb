"""How the supervisor knows that a process of each kind really works, not merely runs."""

import asyncio
import socket
from dataclasses import dataclass

from orderstream.streams import figures, metrics
from orderstream.streams.lane import Lane

READ_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class WebReady:
    """`/readyz` says 200: the process serves, and reaches Redis and the database."""

    host: str
    port: int

    async def __call__(self, pid: int) -> bool:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            status_line = await asyncio.wait_for(reader.readline(), READ_SECONDS)
            return status_line.split()[1:2] == [b"200"]
        finally:
            writer.close()


@dataclass(slots=True)
class KeeperReady:
    """A sample is there that was not there before."""

    lane: Lane
    _before_ms: int | None = None

    async def __call__(self, pid: int) -> bool:
        newest = await metrics.newest_sample(self.lane)
        at_ms = newest.at_ms if newest else 0
        if self._before_ms is None:
            self._before_ms = at_ms
        return at_ms > self._before_ms


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """A worker with this process id has beaten; by its name a predecessor's last beat would do."""

    lane: Lane

    async def __call__(self, pid: int) -> bool:
        here = socket.gethostname()
        return any(
            (row.details.get("pid"), row.details.get("host")) == (str(pid), here)
            for row in await figures.workers(self.lane)
        )
