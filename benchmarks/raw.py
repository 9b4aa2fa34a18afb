"""The bare client: a socket, hiredis, and commands packed before the clock starts; one in flight."""

import socket
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import hiredis

from benchmarks.recording import FENCE_BYTES, begin_command, finish_command, place_command, read_command
from benchmarks.servers import Server
from orderstream.streams.placing import Placement
from orderstream.streams.scripts import SCRIPTS


class Connection:
    """Sends bytes, waits for one reply."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()

    def ask(self, command: bytes) -> Any:
        self._socket.sendall(command)
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self._socket.recv(1 << 16))
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    def close(self) -> None:
        self._socket.close()


async def placed_per_second(server: Server, placements: Sequence[Placement], batch: int) -> float:
    commands = [
        await place_command(placements[start : start + batch]) for start in range(0, len(placements), batch)
    ]
    server.client.script_load(SCRIPTS["place"].source)
    with closing(Connection(server.port)) as connection:
        began = time.perf_counter()
        for command in commands:
            connection.ask(command)
        return len(placements) / (time.perf_counter() - began)


async def process(server: Server, ids: Sequence[str], batch: int) -> float:
    """Read, begin and finish all of them; the CPU seconds it took, what was prepared not counted.

    The rate is read from the events, as for the worker.
    """
    pages = [ids[start : start + batch] for start in range(0, len(ids), batch)]
    begins = [await begin_command(page) for page in pages]
    finishes = [await finish_command(page) for page in pages]
    read = read_command(batch)
    for name in ("begin", "finish"):
        server.client.script_load(SCRIPTS[name].source)
    with closing(Connection(server.port)) as connection:
        used = time.process_time()
        for begin, finish in zip(begins, finishes, strict=True):
            connection.ask(read)
            first = connection.ask(begin)[0]
            fence = str(first[1]).encode() if isinstance(first[1], int) else first[1]
            connection.ask(finish.replace(FENCE_BYTES, fence))
        return time.process_time() - used
