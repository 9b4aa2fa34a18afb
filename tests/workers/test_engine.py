"""The loop of one worker, watched through a stream in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from orderstream.domain.orders import Order
from orderstream.domain.outcomes import Completed, Rejected, Retry, RetryPolicy
from orderstream.streams.liveness import Asked
from tests.waiting import wait_until
from tests.workers.fakes import FakeSource, a_moment, told
from workers.engine import Engine, Pace
from workers.hand import Hand
from workers.intake import OWN_PAGE
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


async def test_every_order_is_begun_run_and_reported_with_its_fence() -> None:
    source = FakeSource("1-1", "2-1", "3-1")
    assert await engine_of(source, once=True).run() is True
    assert {i: (r.fence, r.outcome) for i, r in source.reports.items()} == {
        i: (7, Completed()) for i in ("1-1", "2-1", "3-1")
    }


async def test_nothing_is_read_before_the_first_beat_is_answered() -> None:
    source = FakeSource("1-1")
    engine = Engine(source, Work(at_once, POLICY), Pace(SOON, SOON), Hand(1), Connectedness())
    async with running(engine):
        await a_moment(0.05)
        assert source.reads == []
        engine.told(told())
        await wait_until(lambda: source.reports)


async def test_no_more_orders_run_at_one_time_than_there_are_slots() -> None:
    source, gate = FakeSource(*(f"{n}-1" for n in range(1, 21))), Gate()
    async with running(engine_of(source, gate, concurrency=3)):
        await wait_until(lambda: len(gate.seen) == 3)
        gate.open()
        await wait_until(lambda: len(source.reports) == 20)
    assert gate.at_most == 3
    assert max(source.reads) <= 3


async def test_what_ends_while_a_recording_is_in_the_air_goes_with_the_next() -> None:
    source = FakeSource(*(f"{n}-1" for n in range(1, 101)))
    await engine_of(source, concurrency=100, once=True).run()
    assert len(source.reports) == 100
    assert len(source.groups) < 10


async def test_a_lost_reply_of_begin_is_asked_again() -> None:
    source = FakeSource()
    source.pending = ["1-1"]  # delivered to us, but the reply never arrived
    async with running(engine_of(source)):
        await wait_until(lambda: "1-1" in source.reports)


async def test_an_order_in_hand_is_not_begun_twice() -> None:
    source, gate = FakeSource("1-1"), Gate()
    async with running(engine_of(source, gate)):
        await wait_until(lambda: gate.seen)
        source.new = ["1-1"]  # a group made again at 0 delivers it again
        await wait_until(lambda: not source.new)
        gate.open()
        await wait_until(lambda: source.reports)
    assert source.begun == ["1-1"]


async def test_outcomes_are_kept_and_sent_again_until_redis_answers() -> None:
    source, gate = FakeSource("1-1"), Gate()
    async with running(engine_of(source, gate)) as task:
        await wait_until(lambda: gate.seen)
        source.away = 5
        gate.open()
        await wait_until(lambda: source.reports)
        assert not task.done()
    assert len(source.groups) == 1


async def test_the_loop_goes_on_after_redis_was_away() -> None:
    source = FakeSource()
    async with running(engine_of(source)):
        await wait_until(lambda: source.reads)
        source.away = 4
        source.new = ["1-1"]
        await wait_until(lambda: source.reports)


async def test_draining_finishes_what_is_in_hand_and_takes_nothing_more() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        engine.drain()
        source.new = ["2-1"]
        gate.open()
        assert await task is True
    assert list(source.reports) == ["1-1"]
    assert source.new == ["2-1"]
    assert source.released == []


async def test_handing_back_releases_what_runs_without_an_outcome() -> None:
    source, gate = FakeSource("1-1", "2-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: len(gate.seen) == 2)
        engine.hand_back()
        assert await task is True
    assert sorted(source.released) == [("1-1", 7), ("2-1", 7)]
    assert source.reports == {}


async def test_handing_back_releases_what_was_delivered_and_never_begun() -> None:
    source = FakeSource()
    engine = engine_of(source)
    engine.told(told(paused=True))
    source.pending = ["1-1"]
    async with running(engine) as task:
        engine.drain()
        assert await task is True
    assert source.released == [("1-1", None)]


async def test_handing_back_admits_what_it_could_not_hand_back() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        source.away = 1_000
        engine.hand_back()
        assert await task is False


async def test_a_paused_group_starts_nothing_and_what_was_delivered_runs_after_the_pause() -> None:
    source = FakeSource("1-1", "2-1")
    source.refusals = {"1-1": "paused", "2-1": "paused"}
    engine = engine_of(source)
    async with running(engine):
        await wait_until(lambda: engine.mode == "paused")
        assert source.reports == {}
        source.refusals = {}
        engine.told(told())
        await wait_until(lambda: len(source.reports) == 2)


async def test_a_worker_asked_to_pause_begins_nothing_until_it_is_resumed() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        engine.told(told(asked=Asked.PAUSE))
        assert engine.mode == "paused"
        await a_moment(0.05)
        gate.open()  # what runs goes on
        await wait_until(lambda: source.reports)
        source.new, reads = ["2-1"], len(source.reads)
        engine.told(told(asked=Asked.PAUSE))
        await a_moment(0.1)
        assert len(source.reads) == reads
        assert not task.done()
        engine.told(told())
        assert engine.mode == "running"
        await wait_until(lambda: "2-1" in source.reports)
    assert source.released == []


async def test_what_arrives_as_a_pause_begins_goes_back_to_the_others() -> None:
    source = FakeSource()
    engine = engine_of(source)
    async with running(engine):
        await wait_until(lambda: source.reads)
        engine.told(told(asked=Asked.PAUSE))
        source.pending = ["1-1"]  # delivered to us by a read that was under way
        await wait_until(lambda: source.released == [("1-1", None)])
    assert source.begun == []


async def test_what_arrives_as_all_are_paused_stays_and_is_begun_after_the_pause() -> None:
    source = FakeSource()
    engine = engine_of(source)
    async with running(engine):
        await wait_until(lambda: source.reads)
        engine.told(told(paused=True))
        source.pending = ["1-1"]
        engine.told(told(paused=True))
        await a_moment(0.1)
        assert source.released == source.begun == []
        engine.told(told())
        await wait_until(lambda: source.reports)


async def test_a_worker_asked_to_drain_finishes_what_it_has_and_ends() -> None:
    source, gate = FakeSource("1-1", "2-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: len(gate.seen) == 2)
        engine.told(told(asked=Asked.DRAIN))
        assert engine.mode == "draining"
        for _beat in range(3):
            await a_moment(0.05)
            source.new = ["3-1"]
            engine.told(told(asked=Asked.DRAIN))
        assert not task.done()
        gate.open()
        assert await task is True
    assert sorted(source.reports) == ["1-1", "2-1"]
    assert source.released == []
    assert source.new == ["3-1"]


async def test_a_full_worker_that_is_asked_to_drain_takes_nothing_into_the_slots_that_get_free() -> None:
    source, gate = FakeSource("1-1", "2-1"), Gate()
    engine = engine_of(source, gate, concurrency=1)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen == ["1-1"])
        engine.told(told(asked=Asked.DRAIN))
        gate.open()
        assert await task is True
    assert source.new == ["2-1"]


async def test_a_worker_asked_to_drain_that_has_nothing_ends_at_once() -> None:
    engine = engine_of(FakeSource())
    async with running(engine) as task:
        engine.told(told(asked=Asked.DRAIN))
        assert await task is True


async def test_a_drain_can_be_withdrawn_until_it_is_over() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        engine.told(told(asked=Asked.DRAIN))
        await a_moment(0.05)
        engine.told(told())
        source.new = ["2-1"]
        await wait_until(lambda: len(gate.seen) == 2)
        gate.open()
        await wait_until(lambda: len(source.reports) == 2)
        assert not task.done()


async def test_a_drain_goes_on_while_redis_is_away() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        source.away = 5
        engine.told(told(asked=Asked.DRAIN))
        gate.open()
        assert await task is True
    assert list(source.reports) == ["1-1"]


async def test_concurrency_follows_the_operator() -> None:
    source, gate = FakeSource(*(f"{n}-1" for n in range(1, 11))), Gate()
    engine = engine_of(source, gate, concurrency=1)
    async with running(engine):
        await wait_until(lambda: len(gate.seen) == 1)
        engine.told(told(concurrency=5))
        await wait_until(lambda: len(gate.seen) == 5)
        assert gate.at_most == 5
        engine.told(told())  # the request is withdrawn
        assert engine.hand.capacity == 1


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


@pytest.mark.parametrize("reason", ["busy", "final", "failed", "twice", "broken", "missing"])
async def test_what_may_not_be_begun_is_let_go(reason: str) -> None:
    source = FakeSource("1-1", "2-1")
    source.refusals = {"1-1": reason}
    engine = engine_of(source)
    async with running(engine):
        await wait_until(lambda: "2-1" in source.reports)
        await wait_until(lambda: not len(engine.hand))
    assert "1-1" not in source.reports


async def test_a_retry_that_comes_early_is_parked_again() -> None:
    source = FakeSource("1-1")
    source.refusals = {"1-1": "early"}
    async with running(engine_of(source)):
        await wait_until(lambda: source.released == [("1-1", None)])


async def test_due_retries_take_at_most_half_of_the_free_slots() -> None:
    source, gate = FakeSource(*(f"{n}-1" for n in range(1, 21))), Gate()
    source.due = [f"{n}-2" for n in range(1, 21)]
    async with running(engine_of(source, gate, concurrency=8)):
        await wait_until(lambda: len(gate.seen) == 8)
        promoted = [i for i in gate.seen if i.endswith("-2")]
        assert len(promoted) <= 5  # half of 8, and then of what is left
        assert gate.at_most == 8


async def test_only_one_order_in_hand_may_be_a_suspect() -> None:
    source, gate = FakeSource(), Gate()
    source.due = ["1-2", "2-2", "3-2"]
    async with running(engine_of(source, gate, concurrency=8)):
        await wait_until(lambda: len(gate.seen) == 3)
    with_suspects = [limit for limit, suspects in source.promotions if suspects]
    assert with_suspects[0] == 1
    assert all(suspects == 0 for _, suspects in source.promotions[1:3])


async def test_once_waits_for_retries_too() -> None:
    source = FakeSource("1-1")
    source.due = ["1-2"]
    assert await engine_of(source, once=True).run() is True
    assert set(source.reports) == {"1-1", "1-2"}


async def test_an_entry_that_is_no_order_any_more_is_rejected() -> None:
    class Spoilt(FakeSource):
        async def entries(self, order_ids):  # type: ignore[no-untyped-def] # only what it answers matters
            return {}

    source = Spoilt()
    source.pending = ["1-1"]
    async with running(engine_of(source)):
        await wait_until(lambda: source.reports)
    assert isinstance(source.reports["1-1"].outcome, Rejected)


async def test_the_worker_counts_what_became_of_its_orders() -> None:
    source = FakeSource("1-1", "2-1", "3-1")
    source.codes = {"2-1": "stale", "3-1": "broken"}
    engine = engine_of(source, once=True)
    await engine.run()
    assert engine.tally.completed == 1


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


async def test_all_own_entries_are_compared_however_many_stand_before() -> None:
    source, gate = FakeSource(*(f"{n}-1" for n in range(OWN_PAGE + 1))), Gate()
    async with running(engine_of(source, gate, concurrency=OWN_PAGE + 10)):
        await wait_until(lambda: len(gate.seen) == OWN_PAGE + 1)
        source.pending.append("9999-1")  # delivered to us, but the reply never arrived
        await wait_until(lambda: "9999-1" in gate.seen)


async def test_broken_orders_do_not_stand_before_lost_replies() -> None:
    source = FakeSource()
    source.pending, source.refusals = ["1-1", "2-1"], {"1-1": "broken", "2-1": "broken"}
    async with running(engine_of(source, concurrency=2)):
        await wait_until(lambda: len(source.begun) == 2)
        source.pending.append("3-1")
        await wait_until(lambda: "3-1" in source.reports)


async def test_what_arrives_as_a_drain_begins_is_handed_back_before_its_end() -> None:
    source, gate = FakeSource("1-1"), Gate()
    engine = engine_of(source, gate)
    async with running(engine) as task:
        await wait_until(lambda: gate.seen)
        engine.drain()
        source.pending.append("2-1")
        await wait_until(lambda: source.released == [("2-1", None)])
        assert not task.done()
        gate.open()
        assert await task is True
