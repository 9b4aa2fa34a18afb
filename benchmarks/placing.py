"""Orders placed per second: by `streams.placing`, in batches and one by one, beside the bare client."""

import time
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from benchmarks import raw
from benchmarks.measures import OURS, RAW, Run
from benchmarks.servers import Server
from orderstream.domain.orders import OrderDraft
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement, place

BATCH: Final = 100
ACTOR: Final = "key:bench"


def placements(count: int) -> list[Placement]:
    """Orders of the usual size, without idempotency keys; a note on every third."""
    return [
        Placement(
            OrderDraft(
                customer_id=f"C{number % 1_000:04}",
                product_id=f"P-{number % 89:03}",
                quantity=number % 12 + 1,
                price=Decimal(number % 9_000 + 50).scaleb(-2),
                note="Red mug" if number % 3 == 0 else "",
            )
        )
        for number in range(count)
    ]


async def place_all(url: str, orders: Sequence[Placement], batch: int = BATCH) -> float:
    """Orders per second."""
    client = connect(url)
    lane = Lane(client, Keys())
    try:
        began = time.perf_counter()
        for start in range(0, len(orders), batch):
            page = orders[start : start + batch]
            await place(lane, page, actor=ACTOR, backlog_limit=0, key_ttl=None)
        return len(orders) / (time.perf_counter() - began)
    finally:
        await client.aclose()


async def measured(server: Server, count: int) -> AsyncIterator[Run]:
    """One round: each contender on an empty server."""
    for work, batch, orders in (
        ("placing, by 100", BATCH, placements(count)),
        ("placing, one by one", 1, placements(count // 8)),
    ):
        contenders = {
            RAW: partial(raw.placed_per_second, server, orders, batch),
            OURS: partial(place_all, server.url, orders, batch),
        }
        for contender, place_them in contenders.items():
            server.empty()
            used, ours = server.cpu_seconds(), time.process_time()
            per_second = await place_them()
            client_us = (time.process_time() - ours) / len(orders) * 1e6
            server_us = (server.cpu_seconds() - used) / len(orders) * 1e6
            yield Run(server.name, work, contender, per_second, client_us, server_us)
