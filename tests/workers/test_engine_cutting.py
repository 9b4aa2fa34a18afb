"""How the loop of one worker cuts attempts short, and what it does with a handler that does not end."""

import asyncio
from datetime import timedelta

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Completed, Rejected, Retry, RetryPolicy
from tests.waiting import wait_until
from tests.workers.engines import SOON, Gate, engine_of, running
from tests.workers.fakes import FakeSource, told


async def test_a_cancel_cuts_the_attempt_short_and_is_reported() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine):
        await wait_until(lambda: gate.seen)
        engine.told(told(cancels=("1-1", "9-9")))
        await wait_until(lambda: source.reports)
    assert isinstance(source.reports["1-1"].outcome, Rejected)


async def test_an_attempt_ends_at_its_time_limit_and_is_tried_again() -> None:
    source, gate = FakeSource("1-1"), Gate()
    async with running(engine_of(source, gate, policy=RetryPolicy(time_limit=SOON))):
        await wait_until(lambda: source.reports)
    outcome = source.reports["1-1"].outcome
    assert isinstance(outcome, Retry)
    assert outcome.error == "TimeoutError"
    assert "time limit" in outcome.text


async def test_a_handler_in_a_thread_is_not_cut_short_by_a_cancel() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate, is_cancellable=False)
    async with running(engine):
        await wait_until(lambda: gate.seen)
        engine.told(told(cancels=("1-1",)))
        gate.open()
        await wait_until(lambda: source.reports)
    assert source.reports["1-1"].outcome == Completed()


async def test_a_handler_that_cancels_itself_has_failed() -> None:
    async def handler(_order: Order) -> None:
        raise asyncio.CancelledError

    source = FakeSource("1-1")
    await engine_of(source, handler, once=True).run()
    assert isinstance(source.reports["1-1"].outcome, Retry)


class Stubborn:
    """A handler that swallows every cancellation until it is let go."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.cancelled = 0
        self._let_go = asyncio.Event()

    def let_go(self) -> None:
        self._let_go.set()

    async def __call__(self, order: Order) -> None:
        self.seen.append(order.id)
        while not self._let_go.is_set():
            try:
                await self._let_go.wait()
            except asyncio.CancelledError:
                self.cancelled += 1


async def test_a_handler_that_swallows_its_time_limit_loses_its_slot_not_its_order() -> None:
    source, stubborn, alarms = FakeSource("1-1", "2-1", "3-1"), Stubborn(), []
    engine = engine_of(
        source, stubborn, concurrency=2, policy=RetryPolicy(time_limit=SOON), clean_up=timedelta()
    )
    engine.on_hung = lambda: alarms.append(engine.hand.hung)
    async with running(engine) as task:
        await wait_until(lambda: len(source.reports) == 2)
        assert all(isinstance(report.outcome, Retry) for report in source.reports.values())
        assert alarms == [1, 2]
        assert engine.hand.free == 0
        await wait_until(lambda: not len(engine.hand))
        stubborn.let_go()
        await wait_until(lambda: len(source.reports) == 3)
        assert engine.hand.hung == 0
        assert not task.done()
    assert len([report for group in source.groups for report in group]) == 3  # nothing is said twice


async def test_what_hangs_does_not_hold_up_a_drain() -> None:
    source, stubborn = FakeSource("1-1"), Stubborn()
    engine = engine_of(source, stubborn, policy=RetryPolicy(time_limit=SOON), clean_up=timedelta())
    async with running(engine) as task:
        await wait_until(lambda: engine.hand.hung)
        engine.drain()
        assert await task is True
        stubborn.let_go()


async def test_a_swallowed_cancel_does_not_lift_the_time_limit() -> None:
    source, stubborn = FakeSource("1-1"), Stubborn()
    policy = RetryPolicy(time_limit=timedelta(milliseconds=200))
    engine = engine_of(source, stubborn, policy=policy, clean_up=timedelta())
    async with running(engine):
        await wait_until(lambda: stubborn.seen)
        engine.told(told(cancels=("1-1",)))
        await wait_until(lambda: stubborn.cancelled == 1)
        await wait_until(lambda: source.reports)
        stubborn.let_go()
    assert stubborn.cancelled >= 2
