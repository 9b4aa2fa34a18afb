"""Every kind of damage, one by one, is found with its invariant and its id, and nothing else is."""

import pytest

from orderstream.domain.histories import Harm
from orderstream.streams.auditing.sights import examine
from tests.streams.auditing import House, brief
from tests.streams.damages import (
    become_a_text,
    delete,
    force_pending,
    forge,
    hdel,
    hset,
    lose_both,
    lose_event,
    report_of,
    xdel,
    zadd,
    zrem,
)
from tests.streams.scene import LEASE_MS, PATIENCE_MS

HASHES = {
    "status of a completed one": (hset("completed", "status", "failed"), "completed"),
    "status of a failed one": (hset("failed", "status", "completed"), "failed"),
    "version ahead": (hset("processing", "version", "9"), "processing"),
    "version ahead of a completed one": (hset("completed", "version", "9"), "completed"),
    "version behind": (hset("completed", "version", "1"), "completed"),
    "version that is none": (hset("retrying", "version", "x"), "retrying"),
    "no version": (hdel("completed", "version"), "completed"),
    "a field of nobody's": (hset("placed", "rubbish", "1"), "placed"),
    **{
        f"{name} lost": (hdel("processing", name), "processing")
        for name in ("status", "attempt", "fence", "worker_id", "created_at", "started_at", "deadline")
    },
    **{
        f"{name} changed": (hset("swept", name, "7"), "swept")
        for name in ("attempt", "fence", "worker_id", "created_at", "started_at", "deadline", "error")
    },
    "suspect": (hset("placed", "suspect", "1"), "placed"),
    "round": (hset("requeued", "round", "1"), "requeued"),
    "cancel": (hdel("asked", "cancel"), "asked"),
    "next_attempt_at": (hdel("retrying", "next_attempt_at"), "retrying"),
    "processed_at": (hset("discarded", "processed_at", "1.000"), "discarded"),
    "processing_time": (hdel("noted", "processing_time"), "noted"),
}


@pytest.mark.parametrize("name", HASHES)
async def test_a_hash_that_is_not_what_its_events_say_is_found(house: House, name: str) -> None:
    """I6"""
    damage, whose = HASHES[name]
    await damage(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I6", house[whose])]
    assert (report.lost, report.doubled, report.unjudged) == (0, 0, {})


LOST = {
    "hash of an unfinished one": (delete("processing"), "I6", "processing"),
    "hash of a waiting one": (delete("placed"), "I6", "placed"),
    "hash of a completed one": (delete("completed"), "I6", "completed"),
    "hash of a dead letter": (delete("failed"), "I6", "failed"),
    "hash of another type": (become_a_text, "I6", "completed"),
    "entry of an unfinished one": (xdel("processing"), "I8", "processing"),
    "entry of an undelivered one": (xdel("placed"), "I8", "placed"),
    "entry of a retry": (xdel("retrying"), "I8", "retrying"),
    "entry of a dead letter": (xdel("failed"), "I8", "failed"),
    "entry of a completed one": (xdel("completed"), "I8", "completed"),
    "entry and hash": (lose_both, "I8", "processing"),
}


@pytest.mark.parametrize("name", LOST)
async def test_what_is_lost_is_counted_as_lost(house: House, name: str) -> None:
    damage, invariant, whose = LOST[name]
    await damage(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [(invariant, house[whose])]
    assert (report.lost, report.lost_ids) == (1, (house[whose],))


PLACES = {
    "retrying without a due time": (zrem("retry", "retrying"), "retrying"),
    "released without a due time": (zrem("retry", "released"), "released"),
    "a due time for what is processed": (zadd("retry", "processing"), "processing"),
    "a due time for what is completed": (zadd("retry", "completed"), "completed"),
    "a due time for a dead letter": (zadd("retry", "failed"), "failed"),
    "a dead letter without its place": (zrem("failed", "failed"), "failed"),
    "a dead letter that is completed": (zadd("failed", "completed"), "completed"),
    "a dead letter that is unfinished": (zadd("failed", "retrying"), "retrying"),
    "completed, and waits": (lambda h: force_pending(h, "completed", "@waiting"), "completed"),
}


@pytest.mark.parametrize("name", PLACES)
async def test_an_order_in_the_wrong_place_is_found(house: House, name: str) -> None:
    """I9"""
    damage, whose = PLACES[name]
    await damage(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I9", house[whose])]
    assert (report.lost, report.unjudged) == (0, {})


@pytest.mark.parametrize("index", ["retry", "failed"])
@pytest.mark.parametrize("is_half", [False, True])
async def test_a_member_of_an_index_that_is_no_order_is_found(
    house: House, index: str, is_half: bool
) -> None:
    """Half an id stands for all entries of its millisecond, where a range is asked for."""
    house.ids["nothing"] = house["completed"].partition("-")[0] if is_half else "no id at all"
    await zadd(index, "nothing")(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I9", house["nothing"])]


async def test_what_an_overrun_worker_holds_beyond_the_bound_is_found_while_anybody_sweeps(
    house: House,
) -> None:
    scene = house.scene
    await scene.pass_time(PATIENCE_MS + LEASE_MS)
    ours = {("I9", house[name]) for name in ("processing", "asked", "read", "again", "adopted")}
    held = {("I9", i) for i in house.ids.values() if await scene.holder(i) in {"ann", "bob"}}
    assert {brief(each) for each in (await report_of(house, bound_ms=-1)).violations} == held
    assert {("I9", house["processing"])} <= held <= ours
    await scene.control(paused=1)
    assert (await report_of(house, bound_ms=-1)).violations == ()


HISTORIES = {
    "an event in the middle": (lose_event("completed", 2), "I6", "completed", Harm.NONE),
    "the first event": (lose_event("processing", 1), "I6", "processing", Harm.NONE),
    "the last event of an open one": (lose_event("processing", 2), "I6", "processing", Harm.NONE),
    "the last event of an ended one": (lose_event("completed", 3), "I6", "completed", Harm.NONE),
    "the only event": (lose_event("placed", 1), "I6", "placed", Harm.NONE),
    "an illegal move": (forge("placed", "completed", 2, "pending", "completed"), "I6", "placed", Harm.NONE),
    "a move that begins elsewhere": (
        forge("placed", "started", 2, "retrying", "processing", attempt="1", fence="9", deadline="9"),
        "I6",
        "placed",
        Harm.NONE,
    ),
    "a move that never was": (
        forge("placed", "cancelled", 2, "pending", "cancelled", fence="9"),
        "I6",
        "placed",
        Harm.NONE,
    ),
    "a fence that comes again": (
        forge("swept", "started", 4, "retrying", "processing", attempt="2", fence="5", deadline="9"),
        "I4",
        "swept",
        Harm.NONE,
    ),
    "an attempt too many": (
        forge("placed", "started", 2, "pending", "processing", attempt="2", fence="5", deadline="9"),
        "I10",
        "placed",
        Harm.NONE,
    ),
    "completed twice": (
        forge("completed", "completed", 4, "processing", "completed", processing_time="5"),
        "I3",
        "completed",
        Harm.DOUBLED,
    ),
    "cancelled is left": (
        forge("cancelled", "started", 3, "cancelled", "processing", attempt="1", fence="9", deadline="9"),
        "I3",
        "cancelled",
        Harm.DOUBLED,
    ),
    "failed is left by a worker": (
        forge("failed", "completed", 4, "failed", "completed", processing_time="5"),
        "I3",
        "failed",
        Harm.DOUBLED,
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_history_that_breaks_a_rule_is_found(house: House, name: str) -> None:
    damage, invariant, whose, harm = HISTORIES[name]
    await damage(house)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [(invariant, house[whose])]
    assert report.doubled == (1 if harm is Harm.DOUBLED else 0)
    assert report.lost == 0


@pytest.mark.parametrize(
    "name", ["pending", "completed", "n_placed", "n_started", "n_swept", "n_noted", "took_10", "waited_1"]
)
@pytest.mark.parametrize("by", [-3, 1])
async def test_a_total_that_drifted_is_found(house: House, name: str, by: int) -> None:
    """I7"""
    await house.scene.lane.command("HINCRBY", house.scene.lane.keys.totals, name, by)
    report = await report_of(house)
    assert [brief(each) for each in report.violations] == [("I7", "")]
    assert report.unjudged == {}


async def test_a_total_that_is_no_number_is_found(house: House) -> None:
    await house.scene.lane.command("HSET", house.scene.lane.keys.totals, "failed", "many")
    assert [brief(each) for each in (await report_of(house)).violations] == [("I7", "")]


async def test_figures_that_do_not_add_up_are_found_without_the_log_too(house: House) -> None:
    """I7"""
    lane = house.scene.lane
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", "=", 14)
    await lane.command("HINCRBY", lane.keys.totals, "pending", 1)
    assert [brief(each) for each in (await report_of(house)).violations] == [("I7", "")]


async def test_what_stays_pending_without_entry_and_status_is_found(house: House) -> None:
    scene = house.scene
    foreign = await scene.lane.command("XADD", scene.lane.keys.stream, "*", "rubbish", "y")
    await scene.workers[0].read()
    await scene.lane.command("XDEL", scene.lane.keys.stream, foreign)
    assert (await report_of(house)).violations == ()  # not yet late
    report = await report_of(house, bound_ms=-1)
    # The other was cancelled before it was handed out just now, and nobody has acknowledged it either.
    late = {("I9", foreign), ("I9", house["cancelled"])}
    assert {brief(each) for each in report.violations} >= late
    await scene.control(paused=1)  # nobody sweeps: nobody is late
    assert (await report_of(house, bound_ms=-1)).violations == ()


async def test_idle_is_told_once_a_sweep_has_had_its_time_after_a_calm(house: House) -> None:
    scene = house.scene
    await scene.control(calm_until=scene.clock.now_ms)
    await scene.pass_time(999)
    assert not (await examine(scene.lane, [house["read"]])).is_swept(1_000)
    await scene.pass_time(1)
    assert (await examine(scene.lane, [house["read"]])).is_swept(1_000)
    await scene.control(calm_until=scene.clock.now_ms)
    assert (await report_of(house, bound_ms=1)).violations == ()
