"""Handlers for worker processes under test: slow, hung, stubborn, blocking, deadly and selling ones."""

import asyncio
import contextlib
import os
import signal
import threading

from orderstream.domain.errors import OrderRejected
from orderstream.domain.orders import Order
from workers.handlers import reserve_stock


async def steady(order: Order) -> None:
    """Takes as many seconds as the order's reference says."""
    await _pass(float(order.reference or 0))


async def at_once(_order: Order) -> None:
    """Takes no time, whatever the order says."""


def plain(order: Order) -> None:
    """The same as a plain function."""
    threading.Event().wait(float(order.reference or 0))


def hung(_order: Order) -> None:
    """A plain function that never returns."""
    threading.Event().wait()


async def hung_elsewhere(_order: Order) -> None:
    """Ends when it is told to; what it has started in a thread of its own does not."""
    await asyncio.to_thread(threading.Event().wait)


def hung_writing(_order: Order) -> None:
    """Writes more than anybody reads."""
    while True:
        print("x" * 100_000)  # noqa: T201 that is what it is for


async def hung_writing_elsewhere(order: Order) -> None:
    """The same in a thread of its own."""
    await asyncio.to_thread(hung_writing, order)


async def stubborn(_order: Order) -> None:
    """Never returns, and swallows every cancellation."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def blocking(order: Order) -> None:
    """Blocks the event loop itself, as no handler should."""
    threading.Event().wait(float(order.reference or 0))


async def deadly(order: Order) -> None:
    """Kills its worker when the customer is `poison`, else takes as long as the reference says."""
    if order.customer_id == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    await _pass(float(order.reference or 0))


async def _pass(seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def refusing(_order: Order) -> None:
    """So that one sees who processed an order."""
    raise OrderRejected("this handler refuses every order")


async def failing(_order: Order) -> None:
    raise RuntimeError("this handler fails")


def reserve_and_die(order: Order) -> None:
    """Takes stock; the first attempt of a customer `poison` then kills its worker before that is recorded."""
    reserve_stock(order)
    if order.customer_id == "poison" and order.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


async def shaky(order: Order) -> None:
    """Refuses every seventh order, and lets the first attempt of every third fail."""
    number = int(order.reference or 0)
    if number % 7 == 0:
        raise OrderRejected("the seventh is refused")
    if number % 3 == 0 and order.attempt == 1:
        raise RuntimeError("the first attempt fails")
    await _pass(0.02)
