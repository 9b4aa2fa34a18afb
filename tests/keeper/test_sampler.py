"""A sample says what happened, to the order; what is unknown is not in it."""

from collections.abc import Sequence

import pytest

from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams.connection import connect
from orderstream.streams.deliveries import Deliveries, Report
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from orderstream.streams.metrics import newest_sample, samples, worker_figure
from tests.orders import placed_orders
from workers.keeper.keeper import Term
from workers.keeper.sampler import Sampler


class Clock:
    """The server's time, moved by hand."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
async def clock(client) -> Clock:
    return Clock(int((await client.time())[0]) * 1000)


@pytest.fixture
async def lane(client, keys, clock) -> Lane:
    lane = Lane(client, keys, clock=clock)
    await lane.ensure_group()
    return lane


class Traffic:
    """Orders that are taken and finished when we say so."""

    def __init__(self, lane: Lane, redis_url: str) -> None:
        self.worker, self.url = Deliveries(lane, "w"), redis_url

    async def take(self, count: int):
        reader = connect(self.url, blocking=True)
        delivered = await self.worker.read(reader, count, 1)
        await reader.aclose()
        ids = [each.order_id for each in delivered]
        return await self.worker.begin(ids, lease_ms=10_000, patience_ms=65_000, attempts=5)

    async def finish(self, begun: Sequence, outcome, took_ms: int) -> None:
        reports = [Report(each.order_id, each.fence, outcome, took_ms) for each in begun]
        assert all(v.code == "recorded" for v in await self.worker.finish(reports, attempts=5))

    async def beat(self, completed: int) -> None:
        fields = {"completed": completed}
        await beat(self.worker.lane, "w", lease_ms=10_000, sweep_every_ms=2_000, fields=fields)


@pytest.fixture
def traffic(lane, redis_url) -> Traffic:
    return Traffic(lane, redis_url)


async def figures_of_next(sampler: Sampler, lane: Lane, fence: int = 1) -> dict[str, float]:
    await sampler.turn(Term(lane, fence))
    return dict((await newest_sample(lane)).figures)


async def test_rates_are_the_difference_by_the_servers_clock(lane, clock, traffic):
    sampler = Sampler()
    await sampler.turn(Term(lane, 1))
    await placed_orders(lane, 20)
    begun = await traffic.take(10)
    await traffic.finish(begun[:6], Completed(), 100)
    await traffic.finish(begun[6:8], Rejected("no_stock", ""), 100)
    clock.now_ms += 2_000
    found = await figures_of_next(sampler, lane)
    assert found["placed_per_second"] == 10
    assert found["completed_per_second"] == 3
    assert found["failed_per_second"] == 1
    assert found["retried_per_second"] == 0
    clock.now_ms += 1_000
    assert (await figures_of_next(sampler, lane))["placed_per_second"] == 0


async def test_counts_are_those_of_redis(lane, traffic):
    await placed_orders(lane, 20)
    begun = await traffic.take(10)
    await traffic.finish(begun[:6], Completed(), 100)
    found = await figures_of_next(Sampler(), lane)
    assert (found["placed"], found["pending"], found["processing"], found["completed"]) == (20, 10, 4, 6)
    assert (found["lag"], found["in_hand"], found["waiting"]) == (10, 4, 0)
    assert found["completed_at_first"] == 6


async def test_the_oldest_unfinished_order_ages(lane, clock, traffic):
    await placed_orders(lane, 1)
    clock.now_ms += 90_000
    age = (await figures_of_next(Sampler(), lane))["oldest_age"]
    assert 85 < age < 95
    await traffic.finish(await traffic.take(1), Completed(), 1)
    assert "oldest_age" not in await figures_of_next(Sampler(), lane)


async def test_percentiles_are_of_the_last_minute(lane, clock, traffic):
    sampler = Sampler()
    await sampler.turn(Term(lane, 1))
    await placed_orders(lane, 200)
    await traffic.finish(await traffic.take(100), Completed(), 1_000)
    clock.now_ms += 30_000
    found = await figures_of_next(sampler, lane)
    assert found["processing_p50"] == pytest.approx(1, rel=0.15)
    clock.now_ms += 30_000
    await sampler.turn(Term(lane, 1))
    await traffic.finish(await traffic.take(100), Completed(), 50)
    clock.now_ms += 30_000
    found = await figures_of_next(sampler, lane)
    assert found["processing_p50"] == pytest.approx(0.05, rel=0.15)
    assert found["processing_p99"] < 0.06
    assert found["waiting_p50"] == pytest.approx(60, rel=0.15)


async def test_where_nothing_was_processed_percentiles_are_unknown(lane):
    found = await figures_of_next(Sampler(), lane)
    assert not [name for name in found if name.startswith(("waiting_p", "processing_p"))]


async def test_an_unknown_lag_is_not_a_lag_of_zero(lane, client, keys):
    ids = await placed_orders(lane, 2)
    # The server cannot count over a hole that nobody was handed.
    await client.xdel(keys.stream, ids[-1])
    await client.xgroup_setid(keys.stream, "order_processors", "5-5")
    found = await figures_of_next(Sampler(), lane)
    assert "lag" not in found
    assert found["in_hand"] == 0


async def test_without_a_group_its_figures_are_unknown(lane, client, keys):
    await client.delete(keys.stream)
    found = await figures_of_next(Sampler(), lane)
    assert not {"lag", "in_hand", "waiting", "oldest_age"} & set(found)
    assert found["placed"] == 0


async def test_each_worker_has_its_throughput(lane, clock, traffic):
    sampler = Sampler()
    await traffic.beat(100)
    await sampler.turn(Term(lane, 1))
    for completed in (110, 120, 120):
        clock.now_ms += 1_000
        await traffic.beat(completed)
        found = await figures_of_next(sampler, lane)
    assert found[worker_figure("w")] == pytest.approx(20 / 3)


async def test_a_new_term_and_counters_that_went_back_give_no_rates(lane, clock, client, keys):
    sampler = Sampler()
    await placed_orders(lane, 5)
    await sampler.turn(Term(lane, 1))
    clock.now_ms += 1_000
    await client.delete(keys.totals)
    assert "placed_per_second" not in await figures_of_next(sampler, lane)
    clock.now_ms += 1_000
    assert "placed_per_second" in await figures_of_next(sampler, lane)
    clock.now_ms += 1_000
    assert "placed_per_second" not in await figures_of_next(sampler, lane, fence=2)


async def test_the_server_is_in_every_sample(lane, clock):
    await Sampler().turn(Term(lane, 1))
    (sample,) = await samples(lane, 0, clock.now_ms + 60_000, 10)
    assert sample.figures["memory_used"] > 0
    assert sample.figures["clients"] >= 1
    assert 0 < sample.figures["round_trip_ms"] < 1_000
    assert "commands_per_second" in sample.figures
