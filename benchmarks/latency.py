"""How long an order takes to a board: from the call that places it to the message that shows it."""

import asyncio
import random
import time
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any, Final

from benchmarks.placing import ACTOR, placements
from benchmarks.servers import Server
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement, place
from tests.dashboard.daphne import running_web
from tests.dashboard.raw_socket import RawSocket

GIVE_UP_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """In ms, over `orders` orders placed one by one through a real Daphne with one board open."""

    server: str
    orders: int
    p50: float
    p95: float

    def text(self) -> str:
        times = f"p50 {self.p50:.0f} ms, p95 {self.p95:.0f} ms"
        return f"{self.server}: order to board {times} ({self.orders} orders)"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def measured(server: Server, count: int) -> Latency:
    server.empty()
    client = connect(server.url)
    with running_web(server.url, "") as web:
        board = await RawSocket.open(web.port, web.session)
        try:
            lane = Lane(client, Keys())
            await _message(board)  # the snapshot
            times = [await _milliseconds(lane, board, order) for order in placements(count)]
        finally:
            await board.close()
            await client.aclose()
    return Latency(server.name, count, median(times), quantiles(times, n=20)[-1])


async def _milliseconds(lane: Lane, board: RawSocket, order: Placement) -> float:
    # Orders come at any moment between two frames, not just after one.
    await asyncio.sleep(random.uniform(0.05, 0.25))
    began = time.perf_counter()
    (answer,) = await place(lane, [order], actor=ACTOR, backlog_limit=0, key_ttl=None)
    async with asyncio.timeout(GIVE_UP_SECONDS):
        while True:
            message = await _message(board)
            if any(row["id"] == answer.order_id for row in message.get("orders", ())):
                return (time.perf_counter() - began) * 1_000


async def _message(board: RawSocket) -> dict[str, Any]:
    message = await board.receive()
    if isinstance(message, int):
        raise SystemExit(f"The board's socket was closed with {message}; there is nothing to measure.")
    board.acknowledge(message)
    return message
