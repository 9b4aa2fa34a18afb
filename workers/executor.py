"""Runs a handler once on one order and says, as a value, what became of the attempt."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Final, TypeAlias

import structlog

from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Completed, Outcome, RetryPolicy
from workers.handlers import Handler, is_async
from workers.threads import Threads

log = structlog.get_logger(__name__)

AsyncHandler: TypeAlias = Callable[[Order], Awaitable[object]]

COMPLETED: Final = Completed()


async def attempt(order: Order, handler: AsyncHandler, policy: RetryPolicy, jitter: Random) -> Outcome:
    """Run the handler once and say what became of it.

    Cancellation passes through: whoever cut the attempt short knows what is to become of its order.
    """
    try:
        await handler(order)
    except (Exception, SystemExit) as error:  # sys.exit() in a handler is its failure, not the worker's end
        _tell(order, error)
        return policy.after_failure(order.attempt, error, jitter)
    return COMPLETED


def awaitable(handler: Handler, threads: Threads) -> AsyncHandler:
    """The handler itself when it is `async def`, else one that runs it in a thread of its own."""
    if is_async(handler):
        return handler  # type: ignore[return-value] # is_async has looked: what it returns can be awaited

    async def in_a_thread(order: Order) -> None:
        returned = await threads.run(partial(handler, order))
        if inspect.iscoroutine(returned):
            # Nothing of it has run: without this the order would complete with no work done.
            returned.close()
            raise TypeError("the handler returned a coroutine; declare it with async def")

    return in_a_thread


def _tell(order: Order, error: BaseException) -> None:
    match error:
        case OrderRejected():
            log.info("order rejected", order_id=order.id, reason=str(error))
        case RetryLater():
            log.info("order put off", order_id=order.id, seconds=error.delay.total_seconds())
        case _:
            trace = error if _is_new(error) else None
            log.warning(
                "attempt failed", order_id=order.id, attempt=order.attempt, error=repr(error), exc_info=trace
            )


_traced: Final[set[tuple[str, int]]] = set()
TRACED_MAX: Final = 1_000


def _is_new(error: BaseException) -> bool:
    """One traceback for each place that fails: a thousand equal ones would hide the second kind."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = (last.tb_frame.f_code.co_filename, last.tb_lineno) if last is not None else ("", 0)
    if place in _traced or len(_traced) >= TRACED_MAX:
        return False
    _traced.add(place)
    return True
