"""Every step against every status: Redis allows exactly the moves of the domain's one table."""

from collections.abc import Awaitable, Callable

import pytest

from orderstream.domain.status import MOVES, SOURCES_OF_STEP, OrderStatus
from orderstream.streams.operating import cancel, discard, note, requeue
from tests.streams.scene import COMPLETED, REJECTED, Scene, retry_in

Step = Callable[[Scene, str, int], Awaitable[object]]


async def order_that_is(scene: Scene, status: OrderStatus) -> tuple[str, int]:
    """An order in that status and the fence it was last begun with."""
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    if status is OrderStatus.CANCELLED:
        await cancel(scene.lane, ids, actor="user:boss")
    if status in {OrderStatus.PENDING, OrderStatus.CANCELLED}:
        return ids[0], 0
    fences = await ann.begun(ids)
    outcome = {
        OrderStatus.COMPLETED: COMPLETED,
        OrderStatus.FAILED: REJECTED,
        OrderStatus.RETRYING: retry_in(0),
    }.get(status)
    if outcome:
        await ann.finish(fences, outcome)
    return ids[0], fences[ids[0]]


async def begin(scene: Scene, order_id: str, _: int) -> object:
    return await scene.workers[0].begin([order_id])


async def complete(scene: Scene, order_id: str, fence: int) -> object:
    return await scene.workers[0].finish({order_id: fence}, COMPLETED)


async def retry(scene: Scene, order_id: str, fence: int) -> object:
    return await scene.workers[0].finish({order_id: fence}, retry_in(5))


async def reject(scene: Scene, order_id: str, fence: int) -> object:
    return await scene.workers[0].finish({order_id: fence}, REJECTED)


async def release(scene: Scene, order_id: str, fence: int) -> object:
    return await scene.workers[0].deliveries.release([(order_id, fence)])


async def sweep(scene: Scene, order_id: str, _: int) -> object:
    await scene.dies(scene.workers[0])
    return await scene.sweep([order_id])


async def promote(scene: Scene, order_id: str, _: int) -> object:
    await scene.lane.command("ZADD", scene.lane.keys.retry, scene.clock.now_ms, order_id)
    return await scene.workers[0].promote()


async def cancel_it(scene: Scene, order_id: str, _: int) -> object:
    return await cancel(scene.lane, [order_id], actor="user:boss")


async def requeue_it(scene: Scene, order_id: str, _: int) -> object:
    return await requeue(scene.lane, [order_id], actor="user:boss")


async def discard_it(scene: Scene, order_id: str, _: int) -> object:
    return await discard(scene.lane, [order_id], actor="user:boss")


async def note_it(scene: Scene, order_id: str, _: int) -> object:
    return await note(scene.lane, order_id, "the customer called", actor="user:boss")


WAITING = {OrderStatus.PENDING, OrderStatus.RETRYING}
# step -> the statuses that it leaves, and what it leads to; from any other nothing changes
TABLE: dict[Step, dict[OrderStatus, OrderStatus]] = {
    begin: dict.fromkeys(WAITING, OrderStatus.PROCESSING),
    complete: {OrderStatus.PROCESSING: OrderStatus.COMPLETED},
    retry: {OrderStatus.PROCESSING: OrderStatus.RETRYING},
    reject: {OrderStatus.PROCESSING: OrderStatus.FAILED},
    release: {OrderStatus.PROCESSING: OrderStatus.PENDING},
    sweep: {OrderStatus.PROCESSING: OrderStatus.RETRYING},
    promote: {},
    cancel_it: dict.fromkeys(WAITING, OrderStatus.CANCELLED),
    requeue_it: {OrderStatus.FAILED: OrderStatus.PENDING},
    discard_it: {OrderStatus.FAILED: OrderStatus.CANCELLED},
    note_it: {},
}


@pytest.mark.parametrize("current", OrderStatus)
@pytest.mark.parametrize("step", TABLE, ids=lambda step: step.__name__)
async def test_a_step_makes_exactly_the_moves_of_the_domain(
    scene: Scene, step: Step, current: OrderStatus
) -> None:
    order_id, fence = await order_that_is(scene, current)
    assert await scene.status(order_id) == current
    before = await scene.hash(order_id)
    await step(scene, order_id, fence)
    target = TABLE[step].get(current)
    if target is None:
        unasked = {k: v for k, v in (await scene.hash(order_id)).items() if k not in {"cancel", "version"}}
        assert unasked == {k: v for k, v in before.items() if k != "version"}
    else:
        assert target in MOVES[current]
        assert await scene.status(order_id) == target


@pytest.mark.parametrize(
    ("step", "table"),
    [
        ("begin", begin),
        ("finish", complete),
        ("cancel", cancel_it),
        ("requeue", requeue_it),
        ("discard", discard_it),
    ],
)
def test_the_domain_names_the_same_sources_for_each_step(step: str, table: Step) -> None:
    assert SOURCES_OF_STEP[step] == frozenset(TABLE[table])
