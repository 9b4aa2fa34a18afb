"""What the audit tells and does not judge, or puts right by itself: it is no violation."""

from dataclasses import replace

import pytest

from orderstream.streams.auditing.rules import Bounds, Unjudged
from orderstream.streams.auditing.sights import examine
from tests.streams.auditing import House, audit_of, audited, brief
from tests.streams.damages import delete, forge, hset, report_of, xdel, zadd, zrem
from tests.streams.scene import LEASE_MS


async def test_entry_and_hash_of_an_ended_order_gone_together_are_trimmed(house: House) -> None:
    await delete("completed")(house)
    await xdel("completed")(house)
    assert (await report_of(house)).violations == ()


@pytest.mark.parametrize("name", ["processing", "read", "retrying", "waits"])
async def test_what_is_in_nobodys_pending_list_is_put_back_and_no_violation(house: House, name: str) -> None:
    """I9 allows it: the next sweep or audit puts it there."""
    scene = house.scene
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, house[name])
    report = await report_of(house)
    assert (report.violations, report.swept) == ((), 1)
    assert await scene.holder(house[name]) is not None


async def test_during_a_calm_nobody_is_judged_and_after_it_the_next_round_does(house: House) -> None:
    scene = house.scene
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, house["processing"])
    await scene.control(calm_until=scene.clock.now_ms + LEASE_MS)
    audit = audit_of(scene)
    report = await audited(audit)
    calm = "orders in nobody's pending list in a calm (an outage, a change of lease) or while no worker beats"
    assert (report.violations, report.unjudged, report.swept) == ((), {calm: 1}, 0)
    await scene.pass_time(LEASE_MS)
    report = await audited(audit)
    assert (report.violations, report.unjudged, report.swept) == ((), {}, 1)


async def test_while_nobody_beats_nobody_is_judged_either(house: House) -> None:
    """The calm comes only with the next beat, and the sweep waits for that."""
    scene = house.scene
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, house["processing"])
    scene.clock.advance(3 * LEASE_MS)
    audit = audit_of(scene)
    report = await audited(audit)
    assert (report.violations, sum(report.unjudged.values()), report.swept) == ((), 1, 0)
    await scene.pass_time(3 * LEASE_MS)
    report = await audited(audit)
    assert (report.violations, report.unjudged, report.swept) == ((), {}, 1)


async def five_in_nobodys_list(house: House) -> None:
    scene = house.scene
    ids = await scene.placed(5)
    await scene.workers[0].take(ids)
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, *ids)


async def test_more_than_are_kept_in_mind_are_put_back_in_one_round(house: House) -> None:
    await five_in_nobodys_list(house)
    audit = audit_of(house.scene, Bounds(suspects=2))
    for _ in range(2):
        report = await audited(audit)
        assert (report.violations, report.unjudged, report.swept) == ((), {}, 5)


async def test_those_that_are_too_many_for_the_end_of_a_calm_are_not_forgotten(house: House) -> None:
    """No later round comes back to them; only an audit that begins anew does."""
    scene = house.scene
    await five_in_nobodys_list(house)
    await scene.control(calm_until=scene.clock.now_ms + LEASE_MS)
    audit = audit_of(scene, Bounds(suspects=2))
    assert (await audited(audit)).unjudged == {Unjudged.CALM: 2, Unjudged.TOO_MANY: 3}
    await scene.pass_time(LEASE_MS)
    for _ in range(2):
        report = await audited(audit)
        assert (report.violations, report.unjudged, report.swept) == ((), {Unjudged.TOO_MANY: 3}, 2)
    report = await audited(audit_of(scene))
    assert (report.violations, report.unjudged, report.swept) == ((), {}, 3)


async def test_nothing_is_swept_while_the_limit_of_attempts_is_not_known(house: House) -> None:
    """A limit that is too low would end the order."""
    scene = house.scene
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, house["processing"])
    audit = audit_of(scene)
    known = audit.rules
    audit.judge_by(replace(known, attempts=None))
    report = await audited(audit)
    assert (report.violations, report.unjudged, report.swept) == ((), {Unjudged.UNLIMITED: 1}, 0)
    assert await scene.status(house["processing"]) == "processing"
    audit.judge_by(known)
    report = await audited(audit)
    assert (report.violations, report.unjudged, report.swept) == ((), {}, 1)


async def test_a_foreign_entry_is_no_violation_before_it_can_have_been_adopted(house: House) -> None:
    scene = house.scene
    await scene.lane.command("XADD", scene.lane.keys.stream, "*", "rubbish", "y")
    report = await report_of(house)
    assert (report.violations, report.unjudged) == ((), {})


async def test_a_foreign_entry_that_was_delivered_to_nobody_is_adopted(house: House) -> None:
    scene = house.scene
    foreign = await scene.lane.command("XADD", scene.lane.keys.stream, "*", "rubbish", "y")
    await scene.workers[0].read()
    await scene.lane.command("XACK", scene.lane.keys.stream, scene.lane.group, foreign)
    assert (await report_of(house)).violations == ()
    assert await scene.status(foreign) == "failed"


async def test_garbage_in_the_log_is_told_and_hides_nothing(house: House) -> None:
    lane = house.scene.lane
    await lane.command("XADD", lane.keys.events, "*", "rubbish", "x")
    await forge("nobody", "completed", 1, "", "completed")(House(house.scene, {"nobody": "no id"}))
    await hset("failed", "error", "Other")(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I6", house["failed"])]
    assert list(report.unjudged.values()) == [2]


async def test_a_number_that_is_none_leaves_its_order_unjudged(house: House) -> None:
    await forge("placed", "started", 2, "pending", "processing", attempt="1", fence="soon")(house)
    report = await report_of(house)
    assert report.violations == ()
    assert sum(report.unjudged.values()) >= 1


async def test_a_log_that_was_trimmed_at_its_front_is_told_and_no_violation(house: House) -> None:
    lane = house.scene.lane
    await hset("placed", "suspect", "1")(house)
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", "=", 14)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I6", house["placed"])]
    assert sum(report.unjudged.values()) > 1


async def test_a_group_that_is_gone_is_told(house: House) -> None:
    await house.scene.lose_group()
    report = await report_of(house)
    assert report.violations == ()
    assert list(report.unjudged.values()) == [1]


async def test_what_was_put_right_before_the_second_look_is_no_violation(house: House) -> None:
    scene = house.scene
    await zadd("retry", "completed")(house)
    audit = audit_of(scene)
    suspects = audit._suspects
    look = await examine(scene.lane, [house["completed"]])
    suspects.consider(look.sights[0], look)
    await zrem("retry", "completed")(house)
    assert not await suspects.look_again()
    assert await suspects.look_again()
    assert audit.report.violations == ()
