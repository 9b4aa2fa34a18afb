"""The figures that the board shows are those of the server."""

from orderstream.streams.codec import id_ms
from orderstream.streams.figures import (
    Unfinished,
    group_figures,
    next_retry_at_ms,
    oldest_unfinished,
    oldest_waiting_since_ms,
    server_figures,
    snapshot,
    workers,
)
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests.orders import placed_orders
from tests.streams.scene import COMPLETED, LEASE_MS, Scene, retry_in


async def test_in_hand_and_waiting_are_told_apart(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(6)
    await ann.read(3)
    await bob.read(2)
    fences = await ann.begun(ids[:3])
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    await ann.finish({ids[1]: fences[ids[1]]}, retry_in(50))
    figures = await group_figures(scene.lane)
    assert (figures.lag, figures.in_hand, figures.waiting) == (1, 3, 1)
    assert figures.pending_by_worker == {"ann": 1, "bob": 2}
    assert await next_retry_at_ms(scene.lane) == scene.clock.now_ms + 50


async def test_an_empty_lane_has_nothing_to_tell(lane: Lane) -> None:
    figures = await group_figures(lane)
    assert (figures.lag, figures.in_hand, figures.waiting) == (0, 0, 0)
    assert await next_retry_at_ms(lane) is None
    assert await oldest_unfinished(lane) is None
    assert await oldest_waiting_since_ms(lane) is None
    assert await workers(lane) == []


async def test_the_oldest_unfinished_order_is_pending_or_not_yet_delivered(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    assert await oldest_unfinished(scene.lane) == Unfinished(ids[0], "pending", id_ms(ids[0]))
    await ann.read(2)
    fences = await ann.begun(ids[:2])
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    assert await oldest_unfinished(scene.lane) == Unfinished(ids[1], "processing", id_ms(ids[1]))
    await ann.finish({ids[1]: fences[ids[1]]}, COMPLETED)
    assert await oldest_unfinished(scene.lane) == Unfinished(ids[2], "pending", id_ms(ids[2]))


async def test_the_oldest_that_waits_is_the_first_that_nobody_was_handed(scene: Scene) -> None:
    ids = await scene.placed(4)
    await scene.workers[0].read(1)
    assert await oldest_waiting_since_ms(scene.lane) == id_ms(ids[1])
    await cancel(scene.lane, ids[1:2], actor="user:ann", reason="")
    assert await oldest_waiting_since_ms(scene.lane) == id_ms(ids[2])
    await scene.workers[0].read(9)
    assert await oldest_waiting_since_ms(scene.lane) is None


async def test_a_status_of_another_type_hides_no_order_that_waits(lane: Lane) -> None:
    first, second = await placed_orders(lane, 2)
    await lane.command("SET", lane.keys.status(first), "of another type")
    assert await oldest_waiting_since_ms(lane) == id_ms(second)


async def test_a_lost_worker_is_shown_as_lost(scene: Scene) -> None:
    scene.clock.advance(LEASE_MS)
    await scene.workers[1].beat()
    rows = {row.name: row.is_alive for row in await workers(scene.lane)}
    assert rows == {"ann": False, "bob": True}


async def test_the_server_tells_its_memory_and_speed(lane: Lane) -> None:
    figures = await server_figures(lane)
    assert figures.memory_used > 0
    assert figures.memory_limit is None
    assert figures.clients >= 1
    assert 0 < figures.round_trip_ms < 5_000
    assert figures.server.split(" ")[0] in {"redis", "valkey"}


async def test_without_a_test_s_clock_the_server_s_clock_counts(lane: Lane) -> None:
    own = Lane(lane.client, lane.keys)
    assert abs(await own.now_ms() - (await own.run("snapshot"))[3]) < 5_000


async def test_figures_that_are_not_ours_hide_no_others(scene: Scene) -> None:
    client, keys = scene.lane.client, scene.lane.keys
    await client.hset(keys.totals, "note", "hello")
    await client.zadd(keys.workers, {"stranger": float("inf"), "half": 1.5})
    await client.set(keys.worker("stranger"), "no hash")
    assert "note" not in (await snapshot(scene.lane)).totals
    assert {row.name for row in await workers(scene.lane)} == {"ann", "bob", "stranger", "half"}
    await client.hdel(keys.totals, "note")
