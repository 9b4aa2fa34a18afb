"""`snapshot`: totals at exactly one event, so that a tail from there has no gap."""

from orderstream.streams.events_log import last_cursor, read_events
from orderstream.streams.figures import snapshot
from orderstream.streams.lane import Lane
from tests.streams.scene import Scene


async def test_an_empty_lane_begins_at_the_beginning(lane: Lane) -> None:
    taken = await snapshot(lane)
    assert (taken.cursor, dict(taken.totals), dict(taken.control)) == ("0-0", {}, {})


async def test_the_cursor_is_the_last_event_that_the_totals_include(scene: Scene) -> None:
    await scene.placed(2)
    taken = await snapshot(scene.lane)
    events = await read_events(scene.lane, "0-0", 10)
    assert taken.cursor == events[-1].id == await last_cursor(scene.lane)
    assert (taken.totals["n_placed"], taken.totals["pending"]) == (2, 2)
    assert taken.now_ms == scene.clock.now_ms
    assert "beat_at" in taken.control
    await scene.placed(1)
    [next_event] = await read_events(scene.lane, taken.cursor, 10)
    assert next_event.type == "order.placed"


async def test_a_cursor_survives_the_events_that_it_names(scene: Scene) -> None:
    await scene.placed(1)
    before = (await snapshot(scene.lane)).cursor
    ghost = await scene.lane.command("XADD", scene.lane.keys.events, "*", "a", "b")
    await scene.lane.command("XDEL", scene.lane.keys.events, ghost)
    assert (await snapshot(scene.lane)).cursor == ghost != before
