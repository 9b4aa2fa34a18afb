"""`repair_totals`: a drift is taken out of the totals once, at any later moment."""

from dataclasses import replace

from orderstream.streams.auditing.remedies import MARK, Remedies, repair_totals
from tests.streams.scene import Scene


async def test_a_drift_is_taken_out_while_steps_go_on_counting(scene: Scene) -> None:
    await scene.placed(3)
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "pending", 5)
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "n_placed", -2)
    drift = Remedies(drift={"pending": 5, "n_placed": -2}, next_mark="5-0 a")
    await scene.placed(1)
    assert await repair_totals(scene.lane, drift)
    totals = await scene.totals()
    assert (totals["pending"], totals["n_placed"]) == (4, 4)


async def test_the_same_drift_is_taken_out_once(scene: Scene) -> None:
    await scene.placed(3)
    await scene.lane.command("HINCRBY", scene.lane.keys.totals, "pending", 5)
    drift = Remedies(drift={"pending": 5}, next_mark="5-0 a")
    assert await repair_totals(scene.lane, drift)
    assert not await repair_totals(scene.lane, replace(drift, next_mark="5-0 b"))
    assert (await scene.totals())["pending"] == 3
    assert await scene.lane.command("HGET", scene.lane.keys.control, MARK) == "5-0 a"


async def test_a_total_that_is_no_number_begins_with_what_the_events_say(scene: Scene) -> None:
    await scene.placed(3)
    await scene.lane.command("HSET", scene.lane.keys.totals, "pending", "many")
    assert await repair_totals(scene.lane, Remedies(drift={"pending": -3}, next_mark="5-0 a"))
    assert (await scene.totals())["pending"] == 3


async def test_a_drift_that_was_measured_in_another_log_is_left(scene: Scene) -> None:
    """A failover took the last events, and the totals with them."""
    await scene.placed(3)
    lost = f"{scene.clock.now_ms}-999"
    assert not await repair_totals(scene.lane, Remedies(drift={"pending": 5}, cursor=lost, next_mark="5-0 a"))
    assert (await scene.totals())["pending"] == 3
