"""A full server can be drained: only placing stops."""

from dataclasses import replace

from redis import Redis

from orderstream.streams.controlling import ask
from orderstream.streams.inspection import StreamName, groups
from orderstream.streams.lag import Lags
from orderstream.streams.liveness import Asked
from orderstream.streams.operating import cancel, note
from orderstream.streams.orders_read import list_entries
from orderstream.streams.placing import Answer, Busy, Conflict, Placement, Replayed, Shortage, place
from orderstream.streams.sweeping import Sweeper
from tests.orders import draft
from tests.streams.scene import COMPLETED, Scene, retry_in

NO_MEMORY = Busy(Shortage.MEMORY)


async def test_what_began_is_finished_and_nothing_new_is_let_in(scene: Scene, fill: Redis) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(5)
    await ann.read()
    fences = await ann.begun(ids[:3])
    fill.config_set("maxmemory", 1)
    answers = await place(scene.lane, [Placement(draft())] * 2, actor="user:x", backlog_limit=0, key_ttl=None)
    assert answers == [NO_MEMORY, NO_MEMORY]
    assert await ann.codes({ids[0]: fences[ids[0]]}, COMPLETED) == ["recorded"]
    assert await ann.codes({ids[1]: fences[ids[1]]}, retry_in(0)) == ["recorded"]
    assert await ann.reasons(ids[3:4]) == ["begun"]
    assert await ann.deliveries.release([(ids[2], fences[ids[2]])]) == ["released"]
    assert await cancel(scene.lane, ids[4:], actor="user:boss") == ["cancelled"]
    assert (await note(scene.lane, ids[4], "full", actor="user:boss"))[0] == "noted"
    assert set(await scene.workers[1].promote()) == set(ids[1:3])
    assert (await ann.beat()).paused is False
    assert await ask(scene.lane, "ann", Asked.DRAIN) == "asked"
    assert await scene.sweep(ids[3:4]) == ["fine"]
    assert (await list_entries(scene.lane, "-", 1)).ids == ids[:1]


async def test_a_turn_of_the_sweeper_comes_to_its_end(scene: Scene, fill: Redis) -> None:
    """What it looks at last is what is in nobody's pending list."""
    [order_id] = await scene.placed(1)
    await scene.workers[0].take([order_id])
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, order_id)
    fill.config_set("maxmemory", 1)
    sweeper = Sweeper(scene.lane, "worker:bob", lease_ms=5_000, attempts=5, backoff_ms=0)
    assert (await sweeper.turn())["put_back"] == 1


async def test_what_is_read_at_one_moment_is_read(scene: Scene, fill: Redis) -> None:
    """Redis 7.0 takes no transaction then."""
    await scene.placed(3)
    fill.config_set("maxmemory", 1)
    [group] = await groups(scene.lane, StreamName.ORDERS, Lags())
    assert (group.name, group.lag.count) == (scene.lane.group, 3)
    assert await groups(scene.lane, StreamName.METRICS, Lags()) == []


async def test_a_key_is_answered_as_before_on_a_full_server(scene: Scene, fill: Redis) -> None:
    placements = [Placement(draft(), key, "s", "d") for key in ("a", None, "b")]

    async def placed(*given: Placement) -> list[Answer]:
        return await place(scene.lane, given, actor="user:x", backlog_limit=0, key_ttl=None)

    [first] = await placed(placements[0])
    fill.config_set("maxmemory", 1)
    known = Replayed(str(first.order_id))
    assert await placed(*placements) == [known, NO_MEMORY, NO_MEMORY]
    assert await placed(replace(placements[0], digest="other")) == [Conflict(str(first.order_id))]
    fill.config_set("maxmemory", 0)
    assert await placed(placements[0]) == [known]
