"""What the loop of one worker does when it is to pause, to drain, to hand back, or to take more or fewer."""

from orderstream.streams.liveness import Asked
from tests.waiting import wait_until
from tests.workers.engines import Gate, engine_of, running
from tests.workers.fakes import FakeSource, a_moment, told


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
