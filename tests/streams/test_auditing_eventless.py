"""Orders of which no event tells, because the log was deleted or a stranger wrote their hash."""

import pytest

from orderstream.streams.auditing.remedies import mend
from orderstream.streams.auditing.rules import Bounds, Unjudged
from orderstream.streams.auditing.told import Told
from orderstream.streams.lane import Lane
from orderstream.streams.repairs import restore_or_adopt
from tests.orders import draft, foreign_entry
from tests.streams.auditing import House, audit_of, audited, brief
from tests.streams.scene import COMPLETED, Clock, Scene


@pytest.fixture
async def scene(lane: Lane, clock: Clock) -> Scene:
    """At its end nothing is checked, for the log is gone."""
    scene = Scene(lane, clock)
    await scene.open("ann")
    return scene


async def drained(scene: Scene) -> list[str]:
    ids = await scene.placed(5)
    await scene.workers[0].finish(await scene.workers[0].take(ids), COMPLETED)
    return ids


async def test_right_totals_of_a_drained_system_outlive_its_log(scene: Scene) -> None:
    """I7: the events say 0, and nobody may repair that into the totals."""
    ids = await drained(scene)
    before = await scene.totals()
    await scene.lane.command("DEL", scene.lane.keys.events)
    audit = audit_of(scene)
    report = await audited(audit)
    assert {brief(each) for each in report.violations} == {("I6", order_id) for order_id in ids}
    assert report.unjudged.keys() == {Unjudged.TOTALS}
    await mend(scene.lane, audit.remedies, audit.rules)
    assert await scene.totals() == before
    assert not (await audited(audit_of(scene))).is_clean


@pytest.mark.parametrize("open_most", [2, 50])
async def test_what_waits_outlives_it_too_though_a_new_log_has_begun(scene: Scene, open_most: int) -> None:
    waiting = await scene.placed(7)
    await scene.lane.command("DEL", scene.lane.keys.events)
    await scene.placed(4)
    audit = audit_of(scene, Bounds(open=open_most))
    report = await audited(audit)
    assert {brief(each) for each in report.violations} == {("I6", order_id) for order_id in waiting}
    assert (report.unjudged.keys(), audit.remedies.drift) == ({Unjudged.TOTALS}, {})


async def test_doubt_is_no_more_than_what_those_orders_explain(scene: Scene) -> None:
    await drained(scene)
    await scene.lane.command("DEL", scene.lane.keys.events)
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "pending", 100)
    audit = audit_of(scene)
    assert ("I7", "") in [brief(each) for each in (await audited(audit)).violations]
    assert audit.remedies.drift == {}


@pytest.mark.parametrize("status", ["pending", "completed", "failed", "cancelled"])
@pytest.mark.parametrize("bounds", [Bounds(), Bounds(page=7, open=3, anew=2, together=2)])
async def test_a_hash_that_a_stranger_wrote_to_his_entry_is_found(
    house: House, status: str, bounds: Bounds
) -> None:
    lane = house.scene.lane
    foreign = await foreign_entry(lane, draft().wire())
    await lane.command("HSET", lane.keys.status(foreign), "status", status)
    report = await audited(audit_of(house.scene, bounds))
    assert ("I6", foreign) in [brief(each) for each in report.violations]


async def test_it_is_told_anew_only_while_it_is_there(house: House) -> None:
    lane = house.scene.lane
    foreign = await foreign_entry(lane, draft().wire())
    await lane.command("HSET", lane.keys.status(foreign), "status", "completed")
    audit = audit_of(house.scene)
    assert [brief(each) for each in (await audited(audit)).violations] == [("I6", foreign)]
    await lane.command("DEL", lane.keys.status(foreign))
    await lane.command("XDEL", lane.keys.stream, foreign)
    audit.reconsider()
    assert (await audited(audit)).violations == ()
    assert audit._comparison.books.doubtful == 0


async def test_ended_orders_whose_events_were_trimmed_are_not_looked_for(scene: Scene) -> None:
    await drained(scene)
    await scene.lane.command("XTRIM", scene.lane.keys.events, "MAXLEN", "=", 0)
    report = await audited(audit_of(scene))
    assert (report.violations, report.unjudged.keys()) == ((), {Unjudged.TOTALS})


def test_what_was_told_is_always_known_and_hardly_anything_else() -> None:
    told = Told()
    ids = [f"{n}-0" for n in range(20_000)]
    for order_id in ids[::2]:
        told.add(order_id)
    assert all(order_id in told for order_id in ids[::2])
    assert sum(order_id in told for order_id in ids[1::2]) < 10


async def test_an_order_whose_id_was_ahead_may_have_lost_its_events_by_trimming(scene: Scene) -> None:
    """Its id is later than the log's front, and it was placed and done before it."""
    seconds, _ = await scene.lane.client.time()
    ahead = await foreign_entry(scene.lane, draft().wire(), f"{seconds + 3_600}000-0")
    ann = scene.workers[0]
    await restore_or_adopt(scene.lane, [ahead], actor="worker:ann")
    await ann.finish(await ann.take([ahead]), COMPLETED)
    await scene.placed(1)
    await scene.lane.command("XTRIM", scene.lane.keys.events, "MAXLEN", "=", 1)
    report = await audited(audit_of(scene))
    assert report.violations == ()
