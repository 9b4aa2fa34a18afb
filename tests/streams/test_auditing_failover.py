"""A failover takes the last changes back; an audit that goes on with the new primary gives no false alarm."""

from datetime import timedelta
from typing import Any

import pytest

from orderstream.streams.auditing.engine import Audit
from orderstream.streams.auditing.remedies import mend
from orderstream.streams.auditing.reports import Report
from orderstream.streams.auditing.rules import Bounds, Unjudged
from orderstream.streams.lane import Lane
from tests.streams.auditing import audit_of, audited
from tests.streams.scene import Clock, Scene

REPLACED = {Unjudged.REPLACED: 1}


class Replica:
    """All keys as they were: a stream keeps its last id, its group and what is pending."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._kept: dict[Any, Any] = {}

    async def follow(self) -> "Replica":
        keys = await self._lane.command("KEYS", "test-*")
        self._kept = {key: await self._raw().dump(key) for key in keys}
        return self

    async def take_over(self) -> None:
        for key in await self._lane.command("KEYS", "test-*"):
            await self._lane.command("DEL", key)
        for key, dumped in self._kept.items():
            await self._raw().restore(key, 0, dumped)

    def _raw(self) -> Any:
        return self._lane.client


@pytest.fixture
async def scene(lane: Lane, clock: Clock) -> Scene:
    """Its log goes back, so at its end nothing is checked."""
    scene = Scene(lane, clock)
    await scene.open("ann")
    return scene


async def began(scene: Scene) -> tuple[Replica, list[str]]:
    """Five orders, of which three were begun after the replica had heard for the last time."""
    ids = await scene.placed(5)
    replica = await Replica(scene.lane).follow()
    await scene.workers[0].take(ids[:3])
    return replica, ids


async def test_a_watched_audit_begins_anew(scene: Scene) -> None:
    replica, _ids = await began(scene)
    audit = audit_of(scene)
    assert (await audited(audit)).is_clean
    await replica.take_over()
    await scene.placed(1)
    report = await audited(audit)
    assert (report.violations, report.orders, report.unjudged) == ((), 6, REPLACED)
    assert (await audited(audit)).is_clean


async def test_a_log_that_ends_before_what_was_read_is_noticed_too(scene: Scene) -> None:
    replica, _ids = await began(scene)
    audit = audit_of(scene)
    await audited(audit)
    await replica.take_over()
    report = await audited(audit)
    assert (report.violations, report.orders, report.unjudged) == ((), 5, REPLACED)


@pytest.mark.parametrize("pieces", range(12))
async def test_wherever_in_a_round_it_comes(scene: Scene, pieces: int) -> None:
    replica, ids = await began(scene)
    audit = audit_of(scene, Bounds(page=3, open=2))
    for _ in range(pieces):
        await audit.turn(timedelta())
    await replica.take_over()
    await scene.workers[0].take(ids[3:])
    report = await audited(audit)
    assert (report.violations, report.orders) == ((), 5)


async def test_what_was_found_in_the_old_log_is_not_mended_in_the_new(scene: Scene) -> None:
    """The drift was measured where three orders had begun."""
    replica, _ids = await began(scene)
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "completed", 7)
    audit = audit_of(scene)
    assert not (await audited(audit)).is_clean
    await replica.take_over()
    await scene.placed(1)
    before = await scene.totals()
    assert not await mend(scene.lane, audit.remedies, audit.rules)
    assert await scene.totals() == before


async def test_a_log_whose_end_was_trimmed_or_deleted_is_still_the_same(scene: Scene) -> None:
    ids = await scene.placed(5)
    audit = audit_of(scene)
    await audited(audit)
    await scene.lane.command("XTRIM", scene.lane.keys.events, "MAXLEN", 0)
    assert await goes_on(audit) == {}
    await scene.workers[0].take(ids[:2])
    assert await goes_on(audit) == {}
    last = (await scene.lane.command("XREVRANGE", scene.lane.keys.events, "+", "-", "COUNT", 1))[0][0]
    await scene.lane.command("XDEL", scene.lane.keys.events, last)
    assert await goes_on(audit) == {}
    await scene.placed(1)
    report = await audited(audit)
    assert (report.violations, report.orders, report.events, report.unjudged) == ((), 6, 8, {})


async def goes_on(audit: Audit) -> dict[str, int]:
    report: Report = await audited(audit)
    assert report.violations == ()
    return dict(report.unjudged)
