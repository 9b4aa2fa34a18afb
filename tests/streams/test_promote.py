"""`promote`: due retries go to one worker, a lost reply heals, one suspect at a time."""

import pytest

from orderstream.streams import deliveries
from orderstream.streams.lane import WAITING
from tests.orders import foreign_entry
from tests.streams.scene import ATTEMPTS, BACKOFF_MS, COMPLETED, LEASE_MS, Scene, Worker, retry_in


async def retrying(scene: Scene, *delays: int) -> list[str]:
    """Orders that wait for their second attempt."""
    ann = scene.workers[0]
    ids = await scene.placed(len(delays))
    fences = await ann.take(ids)
    for order_id, delay in zip(ids, delays, strict=True):
        await ann.finish({order_id: fences[order_id]}, retry_in(delay))
    return ids


async def test_a_retry_is_handed_out_when_it_is_due(scene: Scene) -> None:
    bob = scene.workers[1]
    ids = await retrying(scene, 5, 50)
    assert await bob.promote() == []
    scene.clock.advance(5)
    assert await bob.promote() == ids[:1]
    assert await scene.holder(ids[0]) == "bob"
    assert await scene.holder(ids[1]) == WAITING
    await bob.begun(ids[:1])


async def test_after_a_lost_reply_it_is_handed_out_again_a_lease_later(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await retrying(scene, 0)
    assert await ann.promote() == ids
    assert await scene.due(ids[0]) == scene.clock.now_ms + LEASE_MS
    assert await bob.promote() == []
    scene.clock.advance(LEASE_MS)
    assert await bob.promote() == ids


async def test_the_lease_is_the_one_of_all(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await retrying(scene, 0)
    await scene.control(lease_ms=7 * LEASE_MS)
    await ann.beat()
    assert await ann.promote() == ids
    assert await scene.due(ids[0]) == scene.clock.now_ms + 7 * LEASE_MS


async def test_nothing_is_handed_out_while_paused(scene: Scene) -> None:
    ids = await retrying(scene, 0)
    await scene.control(paused=1)
    assert await scene.workers[1].promote() == []
    assert await scene.holder(ids[0]) == WAITING


async def test_no_more_than_wanted_are_handed_out(scene: Scene) -> None:
    ids = await retrying(scene, 0, 0, 0)
    assert await scene.workers[1].promote(2) == ids[:2]
    assert await scene.workers[1].promote(0) == []


async def test_what_does_not_belong_into_the_index_is_taken_out_and_not_handed_out(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await ann.finish({ids[0]: fences[ids[0]]}, COMPLETED)
    retry = scene.lane.keys.retry
    await scene.lane.command("ZADD", retry, scene.clock.now_ms, ids[0], scene.clock.now_ms, ids[1])
    assert await bob.promote() == []
    assert await scene.due(ids[0]) is None
    assert await scene.due(ids[1]) is None
    assert await scene.holder(ids[1]) == "ann"


async def test_a_retry_whose_entry_is_lost_becomes_a_dead_letter(scene: Scene) -> None:
    ids = await retrying(scene, 0)
    await scene.lose_entry(*ids)
    assert await scene.workers[1].promote() == []
    hash_ = await scene.hash(ids[0])
    assert (hash_["status"], hash_["error"]) == ("failed", "EntryLost")
    assert await scene.due(ids[0]) is None
    assert await scene.holder(ids[0]) is None


async def test_a_retry_without_a_status_gets_it_back_from_its_events(scene: Scene) -> None:
    ids = await retrying(scene, 0)
    await scene.lose_hash(ids[0])
    assert await scene.workers[1].promote() == []
    assert await scene.status(ids[0]) == "retrying"
    assert await scene.workers[1].promote() == ids


async def test_a_foreign_id_in_the_index_is_no_harm(scene: Scene) -> None:
    order_id = await foreign_entry(scene.lane, {"nonsense": "x"})
    await scene.lane.command("ZADD", scene.lane.keys.retry, 1, order_id)
    assert await scene.workers[1].promote() == []
    assert await scene.status(order_id) == "failed"
    assert await scene.workers[1].promote() == []
    assert await scene.due(order_id) is None


async def all_but_dead(scene: Scene, count: int) -> tuple[list[str], Worker]:
    """Orders that went down with their workers until they are suspects, due now."""
    ids = await scene.placed(count)
    worker = await scene.worker("victim")
    await worker.read()
    for number in range(ATTEMPTS - 1):
        await worker.begun(ids)
        heir = await scene.worker(f"heir-{number}")
        await scene.dies(worker)
        assert await scene.sweep(ids) == ["swept"] * count
        scene.clock.advance(BACKOFF_MS)
        worker = heir
    return ids, worker


async def test_of_suspects_only_so_many_as_allowed_are_handed_out(scene: Scene) -> None:
    ids, worker = await all_but_dead(scene, 3)
    assert await worker.promote(suspects=0) == []
    assert await worker.promote(suspects=1) == ids[:1]
    assert await worker.promote(suspects=2) == ids[1:]


async def test_suspects_do_not_keep_the_others_waiting(scene: Scene) -> None:
    suspects, worker = await all_but_dead(scene, 3)
    innocent = await retrying(scene, 0)
    assert await worker.promote(2, suspects=1) == [suspects[0], innocent[0]]


@pytest.mark.parametrize(("storm", "is_found"), [(4, True), (7, True), (8, False)])
async def test_a_page_of_suspects_alone_is_followed_by_one_more(
    scene: Scene, storm: int, is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "_CANDIDATES_MORE", 0)
    _suspects, worker = await all_but_dead(scene, storm)
    innocent = await retrying(scene, 0)
    assert await worker.promote(2, suspects=0) == (innocent if is_found else [])


async def test_a_poison_order_costs_its_workers_and_fails_without_taking_innocents_along(
    scene: Scene,
) -> None:
    ids, worker = await all_but_dead(scene, 3)
    assert await worker.promote() == ids[:1]
    await worker.begun(ids[:1])
    heir = await scene.worker("last")
    await scene.dies(worker)
    assert await scene.sweep(ids[:1]) == ["swept"]
    assert (await scene.hash(ids[0]))["error"] == "WorkerLost"
    assert await scene.statuses(ids) == ["failed", "retrying", "retrying"]
    assert await heir.promote() == ids[1:2]


async def test_what_is_not_in_the_index_is_not_taken_from_its_holder(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    codes = await scene.lane.run("promote", actor="worker:bob", ids=ids, args=["bob", LEASE_MS, 1, 9])
    assert codes == ["early"]
    assert await scene.holder(ids[0]) == "ann"
