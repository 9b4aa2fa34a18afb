"""The loop of one worker, watched through a stream in memory."""

import pytest

from orderstream.domain.outcomes import Completed, Rejected
from tests.waiting import wait_until
from tests.workers.engines import POLICY, SOON, Gate, at_once, engine_of, running
from tests.workers.fakes import FakeSource, a_moment, told
from workers.engine import Engine, Pace
from workers.hand import Hand
from workers.intake import OWN_PAGE
from workers.reconnecting import Connectedness
from workers.work import Work


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
