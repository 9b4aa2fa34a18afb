"""What has one right answer is mended, and a second audit finds nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from orderstream.streams.auditing.remedies import Remedy, mend
from orderstream.streams.figures import snapshot
from tests.streams.auditing import House, audit_of, audited, brief
from tests.streams.scene import Scene

Damage = Callable[[House], Awaitable[Any]]


def command(*words: str, name: str = "", key: str = "status") -> Damage:
    async def damage(house: House) -> None:
        keys = house.scene.lane.keys
        where = keys.status(house[name]) if key == "status" else getattr(keys, key)
        filled = [house[name] if word == "ID" else word for word in words[1:]]
        await house.scene.lane.command(words[0], where, *filled)

    return damage


async def pend(house: House) -> None:
    keys, group = house.scene.lane.keys, house.scene.lane.group
    await house.scene.lane.command(
        "XCLAIM", keys.stream, group, "@waiting", 0, house["completed"], "FORCE", "JUSTID"
    )


async def lose_totals(house: House) -> None:
    await house.scene.lane.command("DEL", house.scene.lane.keys.totals)


async def shift_buckets(house: House) -> None:
    """What they add up to stays."""
    key = house.scene.lane.keys.totals
    for bucket, by in (("took_8", -1), ("took_10", 1)):
        await house.scene.lane.command("HINCRBY", key, bucket, by)


async def stored_totals(scene: Scene) -> dict[str, int]:
    return {name: count for name, count in (await snapshot(scene.lane)).totals.items() if count}


DAMAGES: dict[str, tuple[Damage, str]] = {
    "hash of an unfinished one": (command("DEL", name="processing"), Remedy.RESTORE),
    "hash of a completed one": (command("DEL", name="completed"), Remedy.RESTORE),
    "hash of a retry": (command("DEL", name="retrying"), Remedy.RESTORE),
    "due time": (command("ZREM", "ID", name="retrying", key="retry"), Remedy.REPAIR),
    "surplus due time": (command("ZADD", "5", "ID", name="completed", key="retry"), Remedy.REPAIR),
    "due time of nothing": (command("ZADD", "5", "x", key="retry"), Remedy.REPAIR),
    "dead letter": (command("ZREM", "ID", name="failed", key="failed"), Remedy.REPAIR),
    "surplus dead letter": (command("ZADD", "5", "ID", name="processing", key="failed"), Remedy.REPAIR),
    "pending for ever": (pend, Remedy.SWEEP),
    "a gauge": (command("HINCRBY", "pending", "-7", key="totals"), "totals"),
    "a bucket of waiting": (command("HINCRBY", "waited_1", "-2", key="totals"), "totals"),
    "a bucket that nothing falls into": (command("HINCRBY", "took_5", "3", key="totals"), "totals"),
    "a bucket that is none": (command("HSET", "took_8", "x", key="totals"), "totals"),
    "a count of first attempts": (command("HINCRBY", "n_completed_at_first", "1", key="totals"), "totals"),
    "two buckets": (shift_buckets, "totals"),
    "all totals": (lose_totals, "totals"),
    "a counter that is none": (command("HSET", "n_started", "x", key="totals"), "totals"),
}


@pytest.mark.parametrize("name", DAMAGES)
async def test_what_was_mended_stays_mended(scene: Scene, name: str) -> None:
    house = await House(scene).fill()
    damage, remedy = DAMAGES[name]
    totals = await stored_totals(scene)
    await damage(house)
    audit = audit_of(scene)
    report = await audited(audit)
    assert len(report.violations) == 1
    assert audit.remedies
    assert await mend(scene.lane, audit.remedies, audit.rules) == {remedy: len(audit.remedies.drift) or 1}
    assert await stored_totals(scene) == totals
    again = audit_of(scene)
    assert ((await audited(again)).violations, bool(again.remedies)) == ((), False)


@pytest.mark.parametrize("name", DAMAGES)
async def test_an_audit_that_goes_on_sees_what_was_mended_once_it_reconsiders(
    scene: Scene, name: str
) -> None:
    house = await House(scene).fill()
    audit = audit_of(scene)
    await audited(audit)
    await DAMAGES[name][0](house)
    found = audit_of(scene)
    violations = (await audited(found)).violations
    found.reconsider()
    assert (await audited(found)).violations == violations
    await mend(scene.lane, found.remedies, found.rules)
    assert (await audited(found)).violations == violations, "it trusts what it has compared"
    found.reconsider()
    report = await audited(found)
    assert (report.violations, report.counts, report.lost, report.lost_ids) == ((), {}, 0, ())
    assert report.is_clean


async def test_what_the_log_says_stays_said(scene: Scene) -> None:
    house = await House(scene).fill()
    said = {"type": "order.completed", "order_id": house["completed"], "version": 4, "from": "completed"}
    said |= {"to": "completed", "at": 5, "actor": "worker:bob", "processing_time": 3}
    event = await scene.lane.client.xadd(scene.lane.keys.events, said)
    audit = audit_of(scene)
    assert (await audited(audit)).doubled == 1
    audit.reconsider()
    report = await audited(audit)
    assert (report.doubled, report.doubled_ids) == (1, (house["completed"],))
    await scene.lane.client.xdel(scene.lane.keys.events, event)


async def test_doubt_about_the_totals_does_not_grow_with_each_look(scene: Scene) -> None:
    """A drift beyond what the damage may explain is told, however often that was looked at."""
    house = await House(scene).fill()
    key = scene.lane.keys.status(house["completed"])
    await scene.lane.command("HINCRBY", key, "version", 2)
    audit = audit_of(scene)
    for _ in range(5):
        assert [brief(each) for each in (await audited(audit)).violations] == [("I6", house["completed"])]
        audit.reconsider()
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "pending", 3)
    assert ("I7", "") in [brief(each) for each in (await audited(audit)).violations]
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "pending", -3)
    await scene.lane.command("HINCRBY", key, "version", -2)


async def test_all_of_it_at_once_is_mended_in_one_go(scene: Scene) -> None:
    house = await House(scene).fill()
    for name in ("hash of a retry", "surplus due time", "dead letter", "a gauge"):
        await DAMAGES[name][0](house)
    audit = audit_of(scene)
    assert len((await audited(audit)).violations) == 4
    await mend(scene.lane, audit.remedies, audit.rules)
    assert (await audited(audit_of(scene))).violations == ()


async def test_totals_are_left_alone_where_the_log_itself_is_in_doubt(scene: Scene) -> None:
    house = await House(scene).fill()
    keys = scene.lane.keys
    event = {"type": "order.cancelled", "order_id": house["placed"], "version": 2, "from": "pending"}
    event |= {"to": "cancelled", "at": 5, "actor": "user:x", "fence": 9}
    forged = await scene.lane.client.xadd(keys.events, event)
    await scene.lane.command("HINCRBY", keys.totals, "pending", 50)
    audit = audit_of(scene)
    report = await audited(audit)
    assert {brief(each) for each in report.violations} == {("I6", house["placed"]), ("I7", "")}
    assert audit.remedies.drift == {}
    await scene.lane.command("XDEL", keys.events, forged)
    await scene.lane.command("HINCRBY", keys.totals, "pending", -50)


async def test_what_stays_pending_without_entry_and_status_is_acknowledged(scene: Scene) -> None:
    foreign = await scene.lane.command("XADD", scene.lane.keys.stream, "*", "rubbish", "y")
    await scene.workers[0].read()
    await scene.lane.command("XDEL", scene.lane.keys.stream, foreign)
    audit = audit_of(scene, bound_ms=-1)
    await audited(audit)
    assert await mend(scene.lane, audit.remedies, audit.rules) == {Remedy.SWEEP: 1}
    assert await scene.holder(foreign) is None
