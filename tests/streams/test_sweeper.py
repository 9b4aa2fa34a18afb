"""The sweeper's turns find everything that the sweep mends, page by page."""

import pytest

from orderstream.streams.figures import workers
from orderstream.streams.sweeping import IDLE_MOST_MS, LOST_SHOWN, Sweeper
from tests.orders import foreign_entry
from tests.streams.scene import ATTEMPTS, BACKOFF_MS, COMPLETED, LEASE_MS, PATIENCE_MS, Scene, retry_in


@pytest.fixture
def sweeper(scene: Scene) -> Sweeper:
    return Sweeper(scene.lane, "worker:bob", LEASE_MS, ATTEMPTS, BACKOFF_MS)


async def test_orders_of_a_dead_worker_are_put_back(scene: Scene, sweeper: Sweeper) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    await ann.take(ids)
    await scene.dies(ann)
    assert (await sweeper.turn())["swept"] == 3
    assert await scene.statuses(ids) == ["retrying"] * 3


async def test_however_many_a_dead_worker_held_one_turn_puts_them_all_back(
    scene: Scene, sweeper: Sweeper
) -> None:
    sweeper.page = 2
    ann = scene.workers[0]
    await ann.take(await scene.placed(5))
    await scene.dies(ann)
    assert (await sweeper.turn())["swept"] == 5


async def test_however_many_a_living_worker_let_overrun_one_turn_finds_them_all(
    scene: Scene, sweeper: Sweeper
) -> None:
    sweeper.page, sweeper.lease_ms = 2, 0
    await scene.workers[0].take(await scene.placed(5))
    await scene.pass_time(PATIENCE_MS)
    assert (await sweeper.turn())["swept"] == 5


async def test_under_a_lease_of_an_hour_an_overrun_deadline_is_found_in_seconds(
    scene: Scene, sweeper: Sweeper
) -> None:
    """What is only held has the hour."""
    ann = scene.workers[0]
    begun, held = await scene.placed(2)
    await ann.read()
    await ann.begun([begun])
    await scene.pass_time(PATIENCE_MS)
    sweeper.lease_ms = 3_600_000
    for order_id in (begun, held):
        await lies_idle(scene, order_id, IDLE_MOST_MS - 1_000)
    sweeper.pages = 0
    assert (await sweeper.turn())["swept"] == 0
    for order_id in (begun, held):
        await lies_idle(scene, order_id, IDLE_MOST_MS)
    codes = await sweeper.turn()
    assert (codes["swept"], codes["held"], codes["parked"]) == (1, 1, 0)


async def lies_idle(scene: Scene, order_id: str, ms: int) -> None:
    """By the server's own clock, which no test turns."""
    claim = ("XCLAIM", scene.lane.keys.stream, scene.lane.group, "ann", 0, order_id)
    await scene.lane.command(*claim, "IDLE", ms, "JUSTID")


async def test_a_lost_worker_is_shown_for_a_while_and_then_retired(scene: Scene, sweeper: Sweeper) -> None:
    ann = scene.workers[0]
    await ann.finish(await ann.take(await scene.placed(1)), COMPLETED)
    await scene.dies(ann)
    assert (await sweeper.turn())["retired"] == 0
    await scene.pass_time(int(LOST_SHOWN.total_seconds() * 1000))
    assert (await sweeper.turn())["retired"] == 1
    assert [row.name for row in await workers(scene.lane)] == ["bob"]


async def test_a_name_that_never_beat_is_retired_at_once(scene: Scene, sweeper: Sweeper) -> None:
    stream, group = scene.lane.keys.stream, scene.lane.group
    await scene.lane.command("XGROUP", "CREATECONSUMER", stream, group, "stranger")
    assert (await sweeper.turn())["retired"] == 1


async def test_a_retry_outside_of_its_index_is_found(scene: Scene, sweeper: Sweeper) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), retry_in(500))
    await scene.lane.command("DEL", scene.lane.keys.retry)
    assert (await sweeper.turn())["indexed"] == 1
    assert await scene.due(ids[0]) is not None


async def test_an_order_in_nobodys_pending_list_is_found_by_the_audit(scene: Scene, sweeper: Sweeper) -> None:
    ids = await scene.placed(1)
    await scene.workers[0].read()
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, *ids)
    assert (await sweeper.turn())["parked"] == 1


async def test_a_foreign_entry_is_adopted_by_the_audit(scene: Scene, sweeper: Sweeper) -> None:
    order_id = await foreign_entry(scene.lane, {"rubbish": "x"})
    assert (await sweeper.turn())["missing"] == 1
    assert await scene.status(order_id) == "failed"


async def test_the_turns_of_all_go_through_the_stream_together_and_begin_again(scene: Scene) -> None:
    """Else ten workers with a turn each would each go through all of it, ten times as slowly."""
    await scene.placed(5)
    seen = []
    for name in ("ann", "bob", "ann", "bob"):
        sweeper = Sweeper(scene.lane, f"worker:{name}", LEASE_MS, ATTEMPTS, BACKOFF_MS, page=2, pages=1)
        seen.append((await sweeper.turn())["undelivered"])
    assert seen == [2, 2, 1, 2]


@pytest.mark.parametrize("kept", ["rubbish", "(", "99999999999999999999999-0", "(1-0-0", ""])
async def test_a_cursor_that_is_none_begins_anew(scene: Scene, sweeper: Sweeper, kept: str) -> None:
    await scene.placed(3)
    await scene.lane.command("HSET", scene.lane.keys.control, "audited_after", kept)
    assert (await sweeper.turn())["undelivered"] == 3


async def test_one_turn_goes_through_many_pages(scene: Scene, sweeper: Sweeper) -> None:
    await scene.placed(5)
    sweeper.page = 2
    assert (await sweeper.turn())["undelivered"] == 5


async def test_the_parked_are_looked_through_page_by_page(scene: Scene, sweeper: Sweeper) -> None:
    sweeper.page, sweeper.pages = 2, 1
    ann = scene.workers[0]
    ids = await scene.placed(5)
    await ann.finish(await ann.take(ids), retry_in(500))
    await scene.lane.command("DEL", scene.lane.keys.retry)
    indexed = [(await sweeper.turn())["indexed"] for _ in range(4)]
    assert indexed == [2, 2, 1, 0]


async def test_what_living_workers_hold_is_left_alone(scene: Scene, sweeper: Sweeper) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    await ann.take(ids[:1])
    codes = await sweeper.turn()
    assert codes["fine"] == 1  # seen by the audit
    assert codes["held"] == 1
    assert codes["swept"] == 0
