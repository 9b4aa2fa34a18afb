"""The keeper's audit over a real server: what it says while orders move, are damaged and mended."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from statistics import median
from time import monotonic, thread_time

import pytest

from orderstream import conf
from orderstream.configuration.values import Stored
from orderstream.streams import verdicts
from orderstream.streams.auditing.remedies import mend
from orderstream.streams.lane import Lane
from orderstream.streams.operating import note
from orderstream.streams.verdicts import Verdict
from tests.keeper.auditing.saying import LONG_REST, NO_REST, delete, double, drift, forge, is_clean, said
from tests.orders import placed_orders
from tests.streams.auditing import House, audit_of, audited
from tests.streams.scene import COMPLETED, Clock
from workers.keeper.auditing import BOUNDS, TURN, Auditing
from workers.keeper.keeper import Term


async def test_a_sound_house_is_clean_up_to_now(house: House, lane: Lane, clock: Clock) -> None:
    duty = Auditing(LONG_REST)
    verdict = await said(duty, lane, is_clean)
    assert (verdict.lost, verdict.doubled, verdict.unjudged) == (0, 0, ())
    assert verdict.orders == len(house.ids)
    assert verdict.audited_to_ms == verdict.begun_ms == clock.now_ms
    clock.advance(500)
    later = await said(duty, lane, lambda found: found.audited_to_ms == clock.now_ms)
    assert (later.begun_ms, later.rounds) == (verdict.begun_ms, verdict.rounds + 1)


async def test_what_happens_later_is_taken_in(house: House, lane: Lane, clock: Clock) -> None:
    duty = Auditing(LONG_REST)
    before = await said(duty, lane, is_clean)
    ann = house.scene.workers[0]
    (order_id,) = await house.scene.placed(1)
    fences = await ann.take([order_id])
    await ann.finish(fences, COMPLETED)
    clock.advance(1)
    after = await said(duty, lane, lambda found: found.events > before.events + 2)
    assert (after.orders, after.is_clean) == (before.orders + 1, True)


@pytest.mark.parametrize(
    ("damage", "invariant", "lost"),
    [(delete, "I6", 1), (forge, "I6", 0), (drift, "I7", 0)],
    ids=["delete", "forge", "drift"],
)
async def test_damage_without_an_event_is_named_and_gone_when_mended(
    house: House, lane: Lane, damage: Callable[[House], Awaitable[str]], invariant: str, lost: int
) -> None:
    duty = Auditing(NO_REST)
    await said(duty, lane, is_clean)
    order_id = await damage(house)
    verdict = await said(duty, lane, lambda found: not found.is_clean)
    assert verdict.counts == {invariant: 1}
    assert (verdict.lost, verdict.doubled, verdict.others) == (lost, 0, 1 - lost)
    assert verdict.ids == ((order_id,) if order_id else ())
    assert verdict.lost_ids == ((order_id,) if lost else ())
    assert verdict.violations[0].text
    if damage is forge:
        await lane.command("HSET", lane.keys.status(order_id), "attempt", 1)
    audit = audit_of(house.scene)
    await audited(audit)
    await mend(lane, audit.remedies, audit.rules)
    await said(duty, lane, is_clean)


async def test_what_is_mended_is_seen_without_beginning_anew(house: House, lane: Lane) -> None:
    duty = Auditing(LONG_REST)
    await delete(house)
    await drift(house)
    found = await said(duty, lane, lambda found: found.counts == {"I6": 1, "I7": 1})
    audit = audit_of(house.scene)
    await audited(audit)
    await mend(lane, audit.remedies, audit.rules)
    verdict = await said(duty, lane, is_clean)
    assert (verdict.lost, verdict.begun_ms) == (0, found.begun_ms)


async def test_nothing_is_mended_by_itself(house: House, lane: Lane) -> None:
    duty = Auditing(LONG_REST)
    order_id = await delete(house)
    await said(duty, lane, lambda found: found.lost == 1 and found.rounds > 2)
    assert not await lane.client.exists(lane.keys.status(order_id))


async def test_an_order_in_nobodys_pending_list_goes_to_the_sweep(house: House, lane: Lane) -> None:
    duty = Auditing(NO_REST)
    await lane.client.xack(lane.keys.stream, lane.group, house["processing"])
    verdict = await said(duty, lane, lambda found: found.put_back)
    assert (verdict.put_back, verdict.lost) == (1, 0)
    (pending,) = await lane.client.xpending_range(
        lane.keys.stream, lane.group, house["processing"], house["processing"], 1
    )
    assert pending["message_id"] == house["processing"]


async def test_a_doubled_order_stays_named(house: House, lane: Lane) -> None:
    """The log says so for ever."""
    await double(house)
    duty = Auditing(NO_REST)
    first = await said(duty, lane, lambda found: found.doubled == 1)
    assert first.doubled_ids == (house["completed"],)
    await said(duty, lane, lambda found: found.doubled == 1 and found.begun_ms >= first.begun_ms)


@pytest.mark.parametrize(("damage", "is_soon"), [(double, False), (delete, True)], ids=["doubled", "lost"])
async def test_only_what_can_be_mended_makes_the_next_audit_begin_soon(
    house: House, lane: Lane, damage: Callable[[House], Awaitable[object]], is_soon: bool
) -> None:
    """What the log says for ever would leave no rest for ever."""
    await damage(house)
    duty = Auditing(NO_REST)
    await said(duty, lane, lambda found: not found.is_clean)
    assert (duty._anew_due < monotonic()) == is_soon


async def test_orders_are_late_by_the_lease_of_this_moment(house: House, lane: Lane) -> None:
    """What sweeps may leave by a new one would be told as idle until the keeper is started again."""
    duty, ann = Auditing(LONG_REST), house.scene.workers[0]
    before = await said(duty, lane, is_clean)
    conf.know(Stored(1, {"lease": timedelta(minutes=1)}))
    [order_id] = await house.scene.placed(1)
    await ann.read()
    idle_ms = 40_000
    await lane.command("XCLAIM", lane.keys.stream, lane.group, "ann", 0, order_id, "IDLE", idle_ms, "JUSTID")
    await house.scene.pass_time(70_000)
    await said(duty, lane, lambda found: found.is_clean and found.rounds > before.rounds + 2)
    conf.know(Stored(2, {"lease": timedelta(seconds=5)}))
    await note(lane, order_id, "look", actor="user:boss")
    assert (await said(duty, lane, lambda found: not found.is_clean)).ids == (order_id,)


async def test_a_new_term_trusts_nothing_of_the_one_before(house: House, lane: Lane) -> None:
    duty = Auditing(LONG_REST)
    clean = await said(duty, lane, is_clean)
    order_id = await delete(house)
    await said(duty, lane, lambda found: found.rounds > clean.rounds)
    assert (await said(duty, lane, lambda found: not found.is_clean, fence=2)).lost_ids == (order_id,)


async def test_until_it_has_been_through_an_earlier_verdict_stands(lane: Lane) -> None:
    before = Verdict(audited_to_ms=77, begun_ms=5, rounds=9, lost=1, lost_ids=("1-0",))
    await verdicts.write(lane, before)
    for _ in range(12):
        await placed_orders(lane, 500)
    duty = Auditing()
    await duty.turn(Term(lane, 1))
    assert duty.verdict is None
    found = await verdicts.read(lane)
    assert found is not None
    assert found.share is not None
    assert found == replace(before, share=found.share)
    assert 0 < found.share < 1
    assert (await said(duty, lane, is_clean)).share is None


async def test_a_trimmed_log_is_not_judged_and_no_violation(house: House, lane: Lane) -> None:
    duty = Auditing(NO_REST)
    clean = await said(duty, lane, is_clean)
    await lane.client.xtrim(lane.keys.events, maxlen=10, approximate=False)
    verdict = await said(duty, lane, lambda found: found.unjudged and found.orders < clean.orders)
    assert verdict.is_clean
    await note(lane, house["completed"], "look", actor="user:boss")
    await said(duty, lane, lambda found: found.events > verdict.events)
    assert duty.verdict is not None
    assert duty.verdict.is_clean


async def test_a_turn_takes_its_share_of_the_processor_and_no_more(lane: Lane) -> None:
    for _ in range(12):
        await placed_orders(lane, 500)
    duty, used = Auditing(), []
    while duty.verdict is None:
        before = thread_time()
        await duty.turn(Term(lane, 1))
        used.append(thread_time() - before)
    assert len(used) > 3
    assert median(used) < 2 * TURN.total_seconds()


async def test_what_it_holds_is_bounded(lane: Lane) -> None:
    ids = await placed_orders(lane, 300)
    await lane.client.hset(lane.keys.status(ids[7]), "attempt", 7)
    duty = Auditing(NO_REST, replace(BOUNDS, open=50, together=100))
    verdict = await said(duty, lane, lambda found: found.orders == 300)
    assert verdict.ids == (ids[7],)
    assert duty._following is not None
    assert len(duty._following.audit._comparison.books.open) <= 50
