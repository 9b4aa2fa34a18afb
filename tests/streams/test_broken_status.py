"""One bad key stops only its own order, in every step that takes a batch."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from orderstream.streams.codec import interleaved
from orderstream.streams.operating import cancel, discard, requeue
from tests.streams.scene import Scene, retry_in

Step = Callable[[Scene, Sequence[str]], Awaitable[Sequence[object]]]


async def release(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await scene.workers[0].deliveries.release([(order_id, None) for order_id in ids])


async def sweep(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await scene.sweep(ids)


async def promote(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    for order_id in ids:
        await scene.lane.command("ZADD", scene.lane.keys.retry, 1, order_id)
    args = ["ann", 1_000, 1, 100]
    codes: list[object] = await scene.lane.run("promote", actor="worker:ann", ids=ids, args=args)
    return codes


async def cancel_them(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await cancel(scene.lane, ids, actor="user:boss")


async def requeue_them(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await requeue(scene.lane, ids, actor="user:boss")


async def discard_them(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await discard(scene.lane, ids, actor="user:boss")


async def note_them(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    answers = await scene.lane.run("note", actor="user:boss", ids=ids, args=["hm"])
    return [answer[0] for answer in answers]


async def begin(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await scene.workers[0].reasons(ids)


async def begin_the_exhausted(scene: Scene, ids: Sequence[str]) -> Sequence[object]:
    return await scene.workers[0].reasons(ids, attempts=0)


STEPS = [
    begin,
    begin_the_exhausted,
    release,
    sweep,
    promote,
    cancel_them,
    requeue_them,
    discard_them,
    note_them,
]


@asynccontextmanager
async def mended_after(scene: Scene, order_id: str) -> AsyncIterator[str]:
    """Its key, which the test may break; afterwards it is as it was."""
    key, kept = scene.lane.keys.status(order_id), await scene.hash(order_id)
    yield key
    await scene.lane.command("DEL", key)
    await scene.lane.command("HSET", key, *[part for item in kept.items() for part in item])


@pytest.mark.parametrize("step", STEPS)
async def test_one_bad_status_stops_only_its_own_order(scene: Scene, step: Step) -> None:
    ids = await scene.placed(3)
    await scene.workers[0].read()
    async with mended_after(scene, ids[1]) as key:
        await scene.lose_hash(ids[1])
        await scene.lane.command("SET", key, "not a hash")
        codes = await step(scene, ids)
    assert codes[1] == "broken"
    assert "broken" not in (codes[0], codes[2])


@pytest.mark.parametrize(
    "garbage",
    [
        {"status": "shipped"},
        {"version": "many"},
        {"status": "processing", "attempt": "1", "fence": "5", "deadline": "5"},
    ],
    ids=["status", "number", "nobody's"],
)
@pytest.mark.parametrize("step", STEPS)
async def test_garbage_in_a_status_stops_only_its_own_order(
    scene: Scene, step: Step, garbage: dict[str, str]
) -> None:
    ids = await scene.placed(3)
    await scene.workers[0].read()
    async with mended_after(scene, ids[1]) as key:
        await scene.lane.command("HSET", key, *interleaved(garbage))
        codes = await step(scene, ids)
        assert await scene.holder(ids[1]) == "ann"  # it is not acknowledged: mended, it goes on
    assert codes[1] in {"broken", "busy"}
    assert "broken" not in (codes[0], codes[2])


async def test_an_unknown_status_is_no_final_one_when_it_ends(scene: Scene) -> None:
    ids = await scene.placed(1)
    fences = await scene.workers[0].take(ids)
    async with mended_after(scene, ids[0]) as key:
        await scene.lane.command("HSET", key, "status", "shipped")
        assert await scene.workers[0].codes(fences, retry_in(50)) == ["broken"]


async def test_broken_retries_do_not_stand_before_the_others(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.finish(await ann.take(ids), retry_in(0))
    async with mended_after(scene, ids[0]) as key:
        await scene.lane.command("HSET", key, "status", "shipped")
        assert await ann.promote() == ids[1:]
        due = await scene.due(ids[0])
        assert due is not None
        assert due > scene.clock.now_ms


async def test_what_cannot_be_ended_for_its_attempts_stops_no_other(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.read()
    async with mended_after(scene, ids[0]) as key:
        await scene.lane.command("HSET", key, "deadline", "soon")
        assert await ann.reasons(ids, attempts=0) == ["broken", "failed"]


@pytest.mark.parametrize("garbage", ["many", "1.5", "9223372036854775807"])
async def test_a_counter_that_is_no_number_stops_no_order(scene: Scene, garbage: str) -> None:
    """It begins anew; refusing would leave changes without their other figures, and stop every later one."""
    ids = await scene.placed(2)
    await scene.lane.command("HSET", scene.lane.keys.totals, "n_started", garbage)
    [worker] = scene.workers[:1]
    await worker.take(ids)
    assert await scene.statuses(ids) == ["processing", "processing"]
    totals = await scene.totals()
    assert (totals["processing"], totals["n_started"]) == (2, 2)
