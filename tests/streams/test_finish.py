"""`finish`: an outcome counts once, and only with the fence and the worker that hold the order (I4)."""

import pytest

from orderstream.domain.events import seconds_of
from orderstream.domain.outcomes import Outcome, Rejected
from orderstream.streams.connection import GroupLost
from orderstream.streams.deliveries import Report, Verdict
from orderstream.streams.events_log import events_of
from orderstream.streams.lane import WAITING
from orderstream.streams.operating import cancel, requeue
from tests.streams.scene import ATTEMPTS, COMPLETED, PATIENCE_MS, REJECTED, Scene, retry_in


async def test_completed_is_final_acknowledged_and_measured(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = ids = await scene.placed(1)
    fences = await ann.take(ids)
    scene.clock.advance(300)
    assert await ann.finish(fences, COMPLETED, took_ms=290) == [Verdict(order_id, "recorded", "completed")]
    hash_ = await scene.hash(order_id)
    assert hash_["status"] == "completed"
    assert hash_["processed_at"] == seconds_of(scene.clock.now_ms)
    # The worker's own clock measured it; the server's saw 300 ms.
    assert hash_["processing_time"] == "0.290"
    assert (await scene.totals())["took_320"] == 1
    assert await scene.holder(order_id) is None


async def test_what_completes_at_its_very_first_attempt_is_counted_apart(scene: Scene) -> None:
    ann = scene.workers[0]
    at_once, later, again = ids = await scene.placed(3)
    fences = await ann.take(ids)
    await ann.finish({at_once: fences[at_once]}, COMPLETED)
    await ann.finish({later: fences[later]}, retry_in(10))
    await ann.finish({again: fences[again]}, REJECTED)
    assert await requeue(scene.lane, [again], actor="user:ann") == ["requeued"]
    await scene.pass_time(10)
    await ann.finish(await ann.begun(await ann.promote()), COMPLETED)
    totals = await scene.totals()
    assert (totals["n_completed"], totals["n_completed_at_first"]) == (3, 1)


async def test_a_retry_waits_for_nobody_until_it_is_due(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = ids = await scene.placed(1)
    verdicts = await ann.finish(await ann.take(ids), retry_in(70))
    assert verdicts == [Verdict(order_id, "recorded", "retrying")]
    due = scene.clock.now_ms + 70
    assert await scene.due(order_id) == due
    assert await scene.holder(order_id) == WAITING
    hash_ = await scene.hash(order_id)
    assert (hash_["next_attempt_at"], hash_["error"]) == (seconds_of(due), "Unreachable")
    [*_, event] = await events_of(scene.lane, order_id)
    assert (event.fields["text"], event.fields["next_attempt_at"]) == ("try later", str(due))


async def test_rejected_is_a_dead_letter_with_its_reason(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = ids = await scene.placed(1)
    verdicts = await ann.finish(await ann.take(ids), REJECTED)
    assert verdicts == [Verdict(order_id, "recorded", "failed")]
    assert await scene.failed_at(order_id) == scene.clock.now_ms
    assert (await scene.hash(order_id))["error"] == "BadOrder"
    assert await scene.holder(order_id) is None
    [*_, event] = await events_of(scene.lane, order_id)
    assert event.fields["text"] == "no such product"


async def test_the_last_attempt_cannot_be_retried(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    verdicts = await ann.finish(fences, retry_in(0), attempts=1)
    assert verdicts == [Verdict(ids[0], "recorded", "failed")]
    assert await scene.holder(ids[0]) is None
    assert await scene.failed_at(ids[0]) == scene.clock.now_ms


async def test_every_attempt_of_the_limit_is_used(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.read()
    seen = []
    for _ in range(ATTEMPTS):
        [verdict] = await ann.finish(await ann.begun(ids), retry_in(0))
        seen.append(verdict.status)
    assert seen == ["retrying"] * (ATTEMPTS - 1) + ["failed"]


async def test_an_old_fence_is_refused_and_counted(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    old = await ann.take(ids)
    await ann.finish(old, retry_in(0))
    await ann.begun(ids)
    assert await ann.finish(old, COMPLETED) == [Verdict(ids[0], "stale", "processing")]
    assert (await scene.totals())["n_stale"] == 1


async def test_the_right_fence_from_another_worker_is_refused(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    assert await bob.codes(fences, COMPLETED) == ["stale"]
    assert await scene.status(ids[0]) == "processing"


@pytest.mark.parametrize("outcome", [COMPLETED, REJECTED, retry_in(5)])
async def test_told_again_after_a_lost_reply_it_is_neither_recorded_nor_counted_twice(
    scene: Scene, outcome: Outcome
) -> None:
    ann = scene.workers[0]
    fences = await ann.take(await scene.placed(1))
    assert await ann.codes(fences, outcome) == ["recorded"]
    before = await scene.totals()
    assert await ann.codes(fences, outcome) == ["again"]
    assert await scene.totals() == before


async def test_the_same_order_twice_in_one_call_is_recorded_once(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = ids = await scene.placed(1)
    fence = (await ann.take(ids))[order_id]
    for first in (COMPLETED, retry_in(5)):
        reports = [Report(order_id, fence, first, 1), Report(order_id, fence, REJECTED, 1)]
        verdicts = await ann.deliveries.finish(reports, attempts=ATTEMPTS)
        assert [verdict.code for verdict in verdicts] in (["recorded", "twice"], ["again", "again"])
    assert await scene.status(order_id) == "completed"


async def test_a_retry_told_twice_in_one_call_is_recorded_once(scene: Scene) -> None:
    ann = scene.workers[0]
    [order_id] = ids = await scene.placed(1)
    fence = (await ann.take(ids))[order_id]
    reports = [Report(order_id, fence, retry_in(5), 1), Report(order_id, fence, COMPLETED, 1)]
    verdicts = await ann.deliveries.finish(reports, attempts=ATTEMPTS)
    assert [verdict.code for verdict in verdicts] == ["recorded", "twice"]
    assert await scene.status(order_id) == "retrying"


async def test_an_outcome_past_the_deadline_counts_as_long_as_nobody_swept(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await scene.pass_time(PATIENCE_MS + 500)
    assert await ann.codes({ids[0]: fences[ids[0]]}, COMPLETED) == ["recorded"]
    assert await scene.sweep(ids) == ["fine", "swept"]
    assert await ann.codes({ids[1]: fences[ids[1]]}, COMPLETED) == ["stale"]


@pytest.mark.parametrize(
    ("outcome", "status"), [(COMPLETED, "completed"), (REJECTED, "cancelled"), (retry_in(5), "cancelled")]
)
async def test_a_cancel_that_was_asked_loses_to_completed_only(
    scene: Scene, outcome: Outcome, status: str
) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    await cancel(scene.lane, ids, actor="user:boss")
    assert await ann.finish(fences, outcome) == [Verdict(ids[0], "recorded", status)]
    assert await scene.holder(ids[0]) is None
    assert (await ann.beat()).cancels == ()


async def test_a_status_that_is_broken_or_gone_stops_only_its_own_order(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(3)
    fences = await ann.take(ids)
    kept = [await scene.hash(order_id) for order_id in ids[:2]]
    keys = scene.lane.keys
    await scene.lose_hash(ids[0])
    await scene.lose_hash(ids[1])
    await scene.lane.command("SET", keys.status(ids[1]), "not a hash")
    assert await ann.codes(fences, COMPLETED) == ["missing", "broken", "recorded"]
    await scene.lose_hash(ids[1])
    for order_id, fields in zip(ids, kept, strict=False):
        flat = [part for item in fields.items() for part in item]
        await scene.lane.command("HSET", keys.status(order_id), *flat)


@pytest.mark.parametrize(("name", "outcome"), [("version", COMPLETED), ("attempt", REJECTED)])
async def test_a_number_that_is_none_is_broken(scene: Scene, name: str, outcome: Outcome) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    fences = await ann.take(ids)
    kept = (await scene.hash(ids[0]))[name]
    await scene.lane.command("HSET", scene.lane.keys.status(ids[0]), name, "abc")
    assert await ann.codes(fences, outcome) == ["broken"]
    await scene.lane.command("HSET", scene.lane.keys.status(ids[0]), name, kept)


async def test_without_a_group_a_batch_is_refused_whole_before_anything_is_written(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(2)
    fences = await ann.take(ids)
    await scene.lose_group()
    reports = [
        Report(ids[0], fences[ids[0]], COMPLETED, 1),
        Report(ids[1], fences[ids[1]], retry_in(5), 1),
    ]
    with pytest.raises(GroupLost):
        await ann.deliveries.finish(reports, attempts=ATTEMPTS)
    assert await scene.statuses(ids) == ["processing", "processing"]


async def test_a_long_error_code_is_cut_so_that_the_hash_stays_compact(scene: Scene) -> None:
    ann = scene.workers[0]
    ids = await scene.placed(1)
    await ann.finish(await ann.take(ids), Rejected("Ü" * 100, "text " * 300))
    assert len((await scene.hash(ids[0]))["error"].encode()) == 60
    [*_, event] = await events_of(scene.lane, ids[0])
    assert event.fields["text"] == "text " * 300


async def test_suspicion_ends_when_the_worker_says_what_became_of_it(scene: Scene) -> None:
    order_id, ann = await _suspect(scene)
    await ann.finish(await ann.begun([order_id]), REJECTED)
    assert (await scene.hash(order_id))["suspect"] == "0"


async def test_a_retried_suspect_is_none_any_more(scene: Scene) -> None:
    order_id, ann = await _suspect(scene)
    await ann.finish(await ann.begun([order_id]), retry_in(0), attempts=9)
    assert (await scene.hash(order_id))["suspect"] == "0"


async def _suspect(scene: Scene):  # type: ignore[no-untyped-def] # (order id, a living worker)
    """An order whose last attempt but one ended with its worker's silence."""
    [order_id] = await scene.placed(1)
    ann = scene.workers[0]
    await ann.read()
    for _ in range(ATTEMPTS - 1):
        await ann.begun([order_id])
        heir = await scene.worker(f"{ann.name}x")
        await scene.dies(ann)
        assert await scene.sweep([order_id]) == ["swept"]
        scene.clock.advance(50)
        ann = heir
    assert (await scene.hash(order_id))["suspect"] == "1"
    return order_id, ann


async def test_a_retry_whose_entry_is_lost_becomes_a_dead_letter(scene: Scene) -> None:
    ids = await scene.placed(2)
    fences = await scene.workers[0].take(ids)
    await scene.lose_entry(ids[0])
    verdicts = await scene.workers[0].finish(fences, retry_in(50))
    assert [verdict.status for verdict in verdicts] == ["failed", "retrying"]
    assert (await scene.hash(ids[0]))["error"] == "EntryLost"
    assert await scene.failed_at(ids[0]) is not None
