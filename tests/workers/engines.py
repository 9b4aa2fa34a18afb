"""The loop of one worker over a stream in memory, and handlers that a test holds in its hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import RetryPolicy
from tests.workers.fakes import FakeSource, told
from workers.engine import Engine, Pace
from workers.hand import Hand
from workers.reconnecting import Connectedness
from workers.work import CLEAN_UP, Work

POLICY = RetryPolicy(time_limit=timedelta(seconds=5))
SOON = timedelta(milliseconds=20)


class Gate:
    """A handler that holds every order until it is opened."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.at_most = 0
        self._inside = 0
        self._open = asyncio.Event()

    def open(self) -> None:
        self._open.set()

    async def __call__(self, order: Order) -> None:
        self.seen.append(order.id)
        self._inside += 1
        self.at_most = max(self.at_most, self._inside)
        try:
            await self._open.wait()
        finally:
            self._inside -= 1


async def at_once(_order: Order) -> None: ...


def engine_of(
    source: FakeSource,
    handler: Callable[[Order], Awaitable[object]] = at_once,
    *,
    concurrency: int = 4,
    once: bool = False,
    is_cancellable: bool = True,
    policy: RetryPolicy = POLICY,
    clean_up: timedelta = CLEAN_UP,
) -> Engine:
    engine = Engine(
        source,
        Work(handler, policy, is_cancellable=is_cancellable, clean_up=clean_up),
        Pace(block=SOON, compare_every=SOON, once=once),
        Hand(concurrency),
        Connectedness(),
    )
    engine.told(told())
    return engine


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator["asyncio.Task[bool]"]:
    task = asyncio.create_task(engine.run())
    try:
        yield task
    finally:
        engine.hand_back()
        await task
