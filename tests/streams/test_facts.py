"""What the design leans on in both servers. When one of these fails, a promise fails with it."""

import pytest
from redis.exceptions import ResponseError

from orderstream.streams.connection import GroupLost
from orderstream.streams.figures import group_figures
from orderstream.streams.lane import GROUP, WAITING, Lane
from tests.streams.scene import Scene


async def test_the_group_starts_at_the_beginning_and_is_made_once(lane: Lane) -> None:
    assert not await lane.ensure_group()
    await lane.command("DEL", lane.keys.stream)
    assert await lane.ensure_group()
    await lane.command("XADD", lane.keys.stream, "*", "a", "b")
    assert (await group_figures(lane)).lag == 1


async def test_a_lag_that_the_server_does_not_know_is_unknown_and_not_zero(scene: Scene) -> None:
    ids = await scene.placed(3)
    await scene.workers[0].read(1)
    assert (await group_figures(scene.lane)).lag == 2
    await scene.lose_entry(ids[2])
    assert (await group_figures(scene.lane)).lag is None


async def test_anybody_can_acknowledge_anything_so_only_the_fence_decides(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].take(ids)
    assert await scene.lane.command("XACK", scene.lane.keys.stream, GROUP, ids[0]) == 1
    assert await scene.status(ids[0]) == "processing"


async def test_claiming_by_force_brings_an_acknowledged_entry_back(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    await scene.lane.command("XACK", scene.lane.keys.stream, GROUP, ids[0])
    claim = ("XCLAIM", scene.lane.keys.stream, GROUP, WAITING, 0, ids[0], "FORCE", "JUSTID")
    assert await scene.lane.command(*claim, parse_justid=True) == [ids[0]]
    assert await scene.is_parked(ids[0])


async def test_claiming_a_lost_entry_answers_nothing_and_drops_it(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    await scene.lose_entry(ids[0])
    claim = ("XCLAIM", scene.lane.keys.stream, GROUP, WAITING, 0, ids[0], "FORCE", "JUSTID")
    assert await scene.lane.command(*claim, parse_justid=True) == []
    assert await scene.holder(ids[0]) is None


async def test_deleting_a_consumer_destroys_what_is_pending_for_it(scene: Scene) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    stream = scene.lane.keys.stream
    assert await scene.lane.command("XGROUP", "DELCONSUMER", stream, GROUP, "ann") == 1
    assert await scene.holder(ids[0]) is None


async def test_a_group_that_is_gone_has_one_name_whatever_was_asked(lane: Lane) -> None:
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    for words in (
        ("XREADGROUP", "GROUP", lane.group, "ann", "STREAMS", lane.keys.stream, ">"),
        ("XPENDING", lane.keys.stream, lane.group),
        ("XINFO", "CONSUMERS", lane.keys.stream, lane.group),
    ):
        with pytest.raises(GroupLost):
            await lane.command(*words)
    await lane.command("DEL", lane.keys.stream)
    with pytest.raises(GroupLost):
        await group_figures(lane)
    await lane.ensure_group()


async def test_another_error_stays_what_it_is(lane: Lane) -> None:
    with pytest.raises(ResponseError, match="must be greater"):
        await lane.command("XADD", lane.keys.stream, "0-0", "a", "b")
    await lane.command("SET", lane.keys.keeper, "x")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await lane.command("HGETALL", lane.keys.keeper)


async def test_a_value_over_64_bytes_takes_a_hash_out_of_its_compact_encoding(lane: Lane) -> None:
    key = lane.keys.worker("x")
    await lane.command("HSET", key, "error", "x" * 64)
    assert await lane.command("OBJECT", "ENCODING", key) == "listpack"
    await lane.command("HSET", key, "error", "x" * 65)
    assert await lane.command("OBJECT", "ENCODING", key) == "hashtable"
