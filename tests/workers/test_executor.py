"""One attempt: what a handler does becomes an outcome."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Completed, Outcome, Rejected, Retry, RetryPolicy
from tests.waiting import wait_until
from workers.executor import attempt, awaitable
from workers.threads import Threads

ORDER = Order("5-1", "C-1", "P-1", 2, Decimal("4.15"), "", "", datetime(2026, 1, 1, tzinfo=UTC), 1, 1, 7)


async def outcome_of(handler: Callable[[Order], Awaitable[object]]) -> Outcome:
    return await attempt(ORDER, handler, RetryPolicy(), Random(1))


def raising(error: BaseException) -> Callable[[Order], Awaitable[None]]:
    async def handler(_order: Order) -> None:
        raise error

    return handler


async def for_ever(_order: Order) -> None:
    await asyncio.Event().wait()


async def test_a_handler_that_returns_has_completed_its_order() -> None:
    async def handler(order: Order) -> str:
        return order.id

    assert await outcome_of(handler) == Completed()


async def test_a_rejection_is_final() -> None:
    assert await outcome_of(raising(OrderRejected("no such product"))) == Rejected(
        "OrderRejected", "no such product"
    )


async def test_a_handler_may_name_the_time_of_the_next_attempt() -> None:
    outcome = await outcome_of(raising(RetryLater(timedelta(hours=2))))
    assert isinstance(outcome, Retry)
    assert outcome.delay == timedelta(hours=2)


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit("broken"), RecursionError("broken")])
async def test_any_other_error_is_tried_again(error: BaseException) -> None:
    outcome = await outcome_of(raising(error))
    assert isinstance(outcome, Retry)
    assert (outcome.error, outcome.text) == (type(error).__name__, "broken")


async def test_cancellation_passes_through() -> None:
    task = asyncio.create_task(outcome_of(for_ever))
    await asyncio.wait({task}, timeout=0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_plain_function_runs_in_a_thread_of_its_own() -> None:
    seen: list[str] = []

    def handler(order: Order) -> None:
        seen.append(f"{order.id} {threading.current_thread().name}")

    assert await outcome_of(awaitable(handler, Threads())) == Completed()
    assert seen == ["5-1 handler"]


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit("broken"), StopIteration("broken")])
async def test_what_a_plain_function_raises_is_its_outcome(error: BaseException) -> None:
    def handler(_order: Order) -> None:
        raise error

    outcome = await outcome_of(awaitable(handler, Threads()))
    assert isinstance(outcome, Retry)
    assert "broken" in outcome.text


async def test_a_plain_function_that_returns_a_coroutine_has_done_nothing_and_says_so() -> None:
    outcome = await outcome_of(awaitable(lambda order: for_ever(order), Threads()))
    assert isinstance(outcome, Retry)
    assert "async def" in outcome.text


async def test_a_hung_plain_function_costs_its_slot_until_it_returns() -> None:
    threads, gate, returned = Threads(), threading.Event(), []
    threads.on_late_return = lambda: returned.append(True)
    task = asyncio.create_task(outcome_of(awaitable(lambda _order: gate.wait(), threads)))
    await wait_until(lambda: threads.are_busy)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert threads.abandoned == 1
    assert threads.are_busy

    gate.set()
    await wait_until(lambda: returned)
    assert threads.abandoned == 0
    assert not threads.are_busy


async def test_threads_are_used_again() -> None:
    threads = Threads()
    idents = {await threads.run(threading.get_ident) for _ in range(5)}
    assert len(idents) == 1
