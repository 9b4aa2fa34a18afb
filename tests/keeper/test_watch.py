"""The watch over a real server: what it writes each second, and that a new keeper goes on with it."""

import pytest

from orderstream.streams import outlook
from orderstream.streams.figures import set_control
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from orderstream.streams.outlook import Alarm, Mark, Outlook
from tests.keeper.test_sampler import Clock
from tests.orders import placed_orders
from workers.keeper.auditing import Auditing
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Term
from workers.keeper.watch import MARKS_FOR_MS, Watch, marks_after

LEASE_MS = 10_000


@pytest.fixture
async def clock(client) -> Clock:
    return Clock(int((await client.time())[0]) * 1000)


@pytest.fixture
async def lane(client, keys, clock) -> Lane:
    lane = Lane(client, keys, clock=clock)
    await lane.ensure_group()
    return lane


async def a_minute(lane: Lane, clock: Clock, growth: float, **figures: float) -> None:
    """Of samples, up to now; their entries carry the same times as they do."""
    for second in range(60):
        at, pending = clock.now_ms - (59 - second) * 1000, growth * second
        flat = [word for item in figures.items() for word in item]
        await lane.command("XADD", lane.keys.metrics, f"{at}-0", "at", at, "pending", pending, *flat)


async def seen(lane: Lane, watch: Watch, fence: int = 1) -> Outlook:
    await watch.turn(Term(lane, fence))
    found = await outlook.read(lane)
    assert found is not None
    return found


async def test_it_sees_the_backlog_grow_and_memory_run_low(lane: Lane, clock: Clock) -> None:
    await a_minute(lane, clock, 2.0, placed_per_second=40, memory_used=9, memory_limit=10)
    found = await seen(lane, Watch(Handovers(), Auditing()))
    assert found.at_ms == clock.now_ms
    assert found.flow is not None
    assert (found.flow.kind, found.flow.by) == ("behind", 2.0)
    assert found.alarms == (Alarm("memory", clock.now_ms, share=0.9),)


async def test_idle_is_since_the_last_event(lane: Lane, clock: Clock) -> None:
    await placed_orders(lane, 1)
    (event,) = await lane.client.xrevrange(lane.keys.events, count=1)
    await a_minute(lane, clock, 0)
    found = await seen(lane, Watch(Handovers(), Auditing()))
    assert found.flow is not None
    assert (found.flow.kind, found.flow.since_ms) == ("idle", int(event[0].split("-")[0]))


async def test_each_sample_is_looked_at_once(lane: Lane, clock: Clock) -> None:
    """An entry is younger than the moment it tells of, and is found twice by its time."""
    watch = Watch(Handovers(), Auditing())
    for _ in range(3):
        at = clock.now_ms - 500
        await lane.command("XADD", lane.keys.metrics, f"{at + 300}-0", "at", at, "pending", 1)
        await seen(lane, watch)
        clock.now_ms += 1_000
    assert [sample.at_ms for sample in watch._minute] == [clock.now_ms - 500 - n * 1_000 for n in (3, 2, 1)]


async def test_a_lost_worker_and_a_pause_are_alarms_and_marks(lane: Lane, clock: Clock) -> None:
    watch = Watch(Handovers(), Auditing())
    await beat(lane, "nara-2", lease_ms=LEASE_MS, sweep_every_ms=0, fields={})
    await lane.command("HDEL", lane.keys.control, "calm_until")
    lost_ms = clock.now_ms
    for _ in range(2):
        assert (await seen(lane, watch)).alarms == ()
        clock.now_ms += LEASE_MS // 2
    await set_control(lane, {"paused": 1})
    found = await seen(lane, watch)
    assert found.alarms == (Alarm("worker_lost", lost_ms, "nara-2"), Alarm("paused", clock.now_ms))
    assert found.marks == (Mark(lost_ms, "worker_lost", "nara-2"), Mark(clock.now_ms, "paused"))
    await set_control(lane, {"paused": ""})
    clock.now_ms += 1_000
    assert (await seen(lane, watch)).marks[-1] == Mark(clock.now_ms, "resumed")


async def test_after_an_outage_nobody_is_lost_who_had_no_time_to_beat(lane: Lane, clock: Clock) -> None:
    """The keeper asks each second, so it comes before the first beat; its marks stay for a day."""
    watch = Watch(Handovers(), Auditing())
    for name in ("nara-2", "kobe-2"):
        await beat(lane, name, lease_ms=LEASE_MS, sweep_every_ms=0, fields={})
    clock.now_ms += LEASE_MS + 1
    await lane.command("HDEL", lane.keys.control, "calm_until")
    await outlook.write(lane, Outlook(clock.now_ms - LEASE_MS))
    found = await seen(lane, watch)
    assert (found.alarms, found.marks) == ((), ())

    await beat(lane, "nara-2", lease_ms=LEASE_MS, sweep_every_ms=0, fields={})
    for _ in range(5):
        clock.now_ms += LEASE_MS // 4
        found = await seen(lane, watch)
        await beat(lane, "nara-2", lease_ms=LEASE_MS, sweep_every_ms=0, fields={})
    assert [(alarm.kind, alarm.worker) for alarm in found.alarms] == [("worker_lost", "kobe-2")]


async def test_another_keeper_goes_on_with_what_was_said(lane: Lane, clock: Clock) -> None:
    await set_control(lane, {"paused": 1})
    first = await seen(lane, Watch(Handovers(), Auditing()))
    clock.now_ms += 5_000
    second = await seen(lane, Watch(Handovers(), Auditing()), fence=2)
    assert second.alarms == first.alarms
    assert second.marks == first.marks


def test_marks_are_kept_for_a_day() -> None:
    before = Outlook(0, marks=(Mark(1_000, "paused"), Mark(2_000, "resumed")))
    assert marks_after(before, (), MARKS_FOR_MS + 1_000) == (Mark(2_000, "resumed"),)
