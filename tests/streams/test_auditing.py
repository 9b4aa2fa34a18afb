"""The audit of a sound system finds nothing, and counts all of it."""

from orderstream.streams.lane import Lane
from tests.streams.auditing import House, audit_of, audited
from tests.streams.scene import Clock, Scene


async def test_a_sound_system_of_many_kinds_of_orders_is_clean(scene: Scene) -> None:
    house = await House(scene).fill()
    report = await audited(audit_of(scene))
    assert report.violations == ()
    assert report.unjudged == {}
    assert report.orders == len(house.ids) == sum(report.ledger[n] for n in ("placed", "adopted"))
    assert report.is_whole
    assert report.audited_to_ms == scene.clock.now_ms


async def test_an_empty_system_is_clean(scene: Scene) -> None:
    report = await audited(audit_of(scene))
    assert (report.violations, report.unjudged, report.orders, report.audited_to_ms) == ((), {}, 0, None)


async def test_a_fresh_installation_is_clean_and_judged_though_it_has_no_group(
    lane: Lane, clock: Clock
) -> None:
    await lane.command("DEL", lane.keys.stream)
    report = await audited(audit_of(Scene(lane, clock)))
    assert (report.violations, report.unjudged, report.is_whole) == ((), {}, True)
