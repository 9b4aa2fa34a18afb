"""Right while orders flow, within its bounds and through outages: no false alarm, nothing left unchecked."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from random import Random
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from orderstream.streams.auditing.rules import Bounds
from orderstream.streams.auditing.stages import Doing
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.operating import note
from tests.mutants.library import mutated_scripts
from tests.orders import draft, foreign_entry
from tests.streams.auditing import House, audit_of, audited, brief
from tests.streams.scene import COMPLETED, Clock, Scene
from tests.streams.simulation import steps
from tests.streams.simulation.model import Model

SMALL = Bounds(page=7, open=5, anew=4, together=3)
STEPS = (
    steps.place_some,
    steps.place_foreign,
    steps.read,
    steps.begin_some,
    steps.begin_some,
    steps.finish_some,
    steps.finish_some,
    steps.promote,
    steps.shut_down,
    steps.operate,
    steps.tell_again,
    steps.begin_own,
)


async def _go_on(model: Model, count: int) -> None:
    """The audit's commands come between any two of theirs."""
    for _ in range(count):
        await model.random.choice(STEPS)(model, model.random.choice(model.workers))
        model.clock.advance(model.random.choice((1, 5, 50)))
        if model.random.random() < 0.3:
            for worker in model.workers:
                await steps.take_beat(model, worker)


@pytest.mark.parametrize("seed", range(8))
async def test_orders_that_flow_meanwhile_are_no_false_alarm(client: Redis, keys: Keys, seed: int) -> None:
    clock = Clock()
    lane = Lane(client, keys, clock=clock, scripts=mutated_scripts())
    await lane.ensure_group()
    model = Model(lane, clock, seed)
    model.modes = replace(model.modes, limit=0)
    for _ in range(3):
        await steps.take_beat(model, model.new_actor())
    scene, random = Scene(lane, clock), Random(seed)
    flow = asyncio.create_task(_go_on(model, 600))
    followed, audits = audit_of(scene, SMALL), 0
    while not flow.done():
        bounds = Bounds() if audits % 3 == 0 else replace(SMALL, open=random.randint(1, 9))
        once, audits = audit_of(scene, bounds), audits + 1
        for audit in (once, once, followed):
            report = await audited(audit, timedelta(milliseconds=random.choice((0, 2, 20))))
            assert report.violations == ()
    await flow
    assert audits > 3
    quiet = await audited(followed)
    assert (quiet.violations, quiet.unjudged) == ((), {})
    assert quiet.orders == quiet.ledger["placed"] + quiet.ledger["adopted"] > 40


async def test_what_is_noted_long_after_its_end_is_read_again(scene: Scene) -> None:
    house = await House(scene).fill()
    audit = audit_of(scene)
    await audited(audit)
    await note(scene.lane, house["completed"], "look", actor="user:boss")
    assert (await audited(audit)).violations == ()
    await note(scene.lane, house["completed"], "look again", actor="user:boss")
    key = scene.lane.keys.status(house["completed"])
    await scene.lane.command("HSET", key, "fence", 5)
    assert [brief(each) for each in (await audited(audit)).violations] == [("I6", house["completed"])]
    await scene.lane.command("HSET", key, "fence", scene.clock.now_ms)
    await scene.lane.command("DEL", key)
    await scene.sweep([house["completed"]])


@pytest.mark.parametrize("bounds", [SMALL, Bounds(page=50, open=1, anew=2, together=1)])
async def test_damage_is_found_in_more_open_orders_than_are_held(
    lane: Lane, clock: Clock, bounds: Bounds
) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann", "bob")
    ann = scene.workers[0]
    ids = await scene.placed(40)
    fences = await ann.take(ids[:30])
    await ann.finish({i: fences[i] for i in ids[:10]}, COMPLETED)
    sound = audit_of(scene, bounds)
    assert (await audited(sound)).violations == ()
    keys = lane.keys
    await lane.command("HSET", keys.status(ids[3]), "fence", 5)
    await lane.command("HDEL", keys.status(ids[12]), "attempt")
    await lane.command("DEL", keys.status(ids[20]))
    await lane.command("XDEL", keys.stream, ids[25])
    await lane.command("HSET", keys.status(ids[38]), "version", 4)
    await lane.command("HSET", keys.status(ids[15]), "version", 4)
    damaged = {("I6", ids[n]) for n in (3, 12, 15, 20, 38)} | {("I8", ids[25])}
    audit = audit_of(scene, bounds)
    report = await audited(audit)
    assert {brief(each) for each in report.violations} == damaged
    assert (report.orders, report.events) == (40, 80)
    assert len(audit._comparison.books.open) <= bounds.open


async def test_hundreds_that_are_not_held_are_read_again_together(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    ann = scene.workers[0]
    ids = await scene.placed(800)
    for start in range(0, 800, 100):
        await ann.take(ids[start : start + 100])
    await lane.command("XADD", lane.keys.events, "*", "order_id", ids[0])
    await lane.command("HDEL", lane.keys.status(ids[3]), "attempt")
    await lane.command("HDEL", lane.keys.status(ids[600]), "attempt")
    report = await audited(audit_of(scene, Bounds(open=10, together=500)))
    assert {brief(each) for each in report.violations} == {("I6", ids[3]), ("I6", ids[600])}
    assert list(report.unjudged.values()) == [1]


async def test_a_damage_that_comes_with_later_rounds_is_found(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    audit = audit_of(scene)
    ann = scene.workers[0]
    ids = await scene.placed(3)
    await audited(audit)
    await ann.take(ids)
    await lane.command("HSET", lane.keys.status(ids[1]), "fence", 7)
    await lane.command("HINCRBY", lane.keys.totals, "processing", 1)
    report = await audited(audit)
    assert [brief(each) for each in report.violations] == [("I6", ids[1]), ("I7", "")]
    assert audit.rounds == 2


class Flaky:
    """A client that loses every third command or so, or its reply."""

    def __init__(self, client: Redis, random: Random) -> None:
        self._client, self._random = client, random

    async def execute_command(self, *words: Any, **reading: Any) -> Any:
        self._perhaps_fail()
        reply = await self._client.execute_command(*words, **reading)
        self._perhaps_fail()
        return reply

    def pipeline(self, **given: Any) -> Any:
        self._perhaps_fail()
        return self._client.pipeline(**given)

    def _perhaps_fail(self) -> None:
        if self._random.random() < 0.2:
            raise ConnectionError("lost")


@pytest.mark.parametrize("seed", range(8))
async def test_through_outages_it_goes_on_where_it_was(scene: Scene, seed: int) -> None:
    house = await House(scene).fill()
    audit = audit_of(scene, replace(SMALL, open=Random(seed).choice((3, 50))))
    audit = replace(
        audit, lane=replace(scene.lane, client=cast(Redis, Flaky(scene.lane.client, Random(seed))))
    )
    failures, is_done = 0, False
    while not is_done:
        try:
            is_done = await audit.turn(timedelta())
        except ConnectionError:
            failures += 1
    assert failures > 0
    assert (audit.report.violations, audit.report.unjudged) == ((), {})
    assert audit.report.orders == len(house.ids)


async def test_a_log_that_went_back_is_audited_anew(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    ids = await scene.placed(3)
    audit = audit_of(scene)
    await audited(audit)
    await lane.command("DEL", lane.keys.events, lane.keys.totals, lane.keys.stream)
    await lane.command("DEL", *[lane.keys.status(order_id) for order_id in ids])
    await lane.command("XADD", lane.keys.events, "5-1", "rubbish", "x")
    await lane.ensure_group()
    report = await audited(audit)
    assert (report.violations, report.orders) == ((), 0)
    assert sum(report.unjudged.values()) == 2


async def test_what_was_trimmed_away_unread_is_told_and_no_violation(lane: Lane, clock: Clock) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    ann = scene.workers[0]
    ids = await scene.placed(6)
    audit = audit_of(scene, Bounds(page=4))
    await audit.turn(timedelta())
    fences = await ann.take(ids)
    await ann.finish({i: fences[i] for i in ids[:2]}, COMPLETED)
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", "=", 3)
    report = await audited(audit)
    assert report.violations == ()
    assert sum(report.unjudged.values()) >= 6


async def test_what_moves_while_hundreds_are_read_again_is_no_false_alarm(lane: Lane, clock: Clock) -> None:
    """They are looked at in portions, and all of them must get the events that come meanwhile."""
    scene = Scene(lane, clock)
    await scene.open("ann")
    waiting = await scene.placed(1_500)
    audit = audit_of(scene, Bounds(open=10))
    while not await audit.turn(timedelta()):
        rereading = audit._comparison._rereading
        if rereading is not None and rereading.whole and waiting:
            moving, waiting = waiting[::100], [i for n, i in enumerate(waiting) if n % 100]
            await scene.workers[0].take(moving)
    assert len(waiting) < 1_500
    assert (audit.report.violations, audit.report.unjudged) == ((), {})
    assert (await audited(audit)).violations == ()


@pytest.mark.parametrize("open_most", [2, 200])
async def test_no_piece_reads_more_than_a_page_however_much_came_meanwhile(
    lane: Lane, clock: Clock, open_most: int
) -> None:
    scene = Scene(lane, clock)
    await scene.open("ann")
    await scene.workers[0].take(await scene.placed(30))
    foreign = await foreign_entry(lane, draft().wire())
    await lane.command("HSET", lane.keys.status(foreign), "status", "completed")
    bounds = Bounds(page=10, open=open_most, anew=20, together=5)
    audit, bursts, moment, is_done = audit_of(scene, bounds), 0, (0, True), False
    while not is_done:
        comparison = audit._comparison
        now = (audit._phase, comparison._rereading is None)
        if now != moment and bursts < 30:
            await scene.workers[0].take(await scene.placed(20))
            moment, bursts = now, bursts + 1
        is_full = len(comparison.books.anew) >= bounds.anew and comparison._rereading is None
        before = audit.events
        is_done = await audit.turn(timedelta())
        assert audit.events - before <= (0 if is_full else bounds.page)
    assert bursts >= 9
    assert {brief(each) for each in audit.report.violations} == {("I6", foreign)}
    assert audit.report.orders == 30 + 20 * bursts


async def test_in_each_stage_something_moves(lane: Lane, clock: Clock) -> None:
    """Whoever watches would take an audit that goes on for one that hangs."""
    scene = Scene(lane, clock)
    await scene.open("ann")
    ids = await scene.placed(1_500)
    for start in range(0, 1_500, 100):
        await scene.workers[0].take(ids[start : start + 100])
    await lane.command("ZADD", lane.keys.retry, 5, ids[7])
    audit = audit_of(scene, Bounds(page=100, open=600, anew=400, together=300))
    seen = [audit.stage]
    while not await audit.turn(timedelta()):
        seen.append(audit.stage)
    assert {stage.doing for stage in seen} == set(Doing)
    by_doing = {doing: {stage for stage in seen if stage.doing is doing} for doing in Doing}
    assert len(by_doing[Doing.READ]) > 10
    assert len(by_doing[Doing.REREAD]) > 3
    assert len(by_doing[Doing.COMPARE]) > 3
    assert {stage.looked for stage in by_doing[Doing.WALK_STREAM]} == {0, 500, 1_000, 1_500}
    assert {stage.left for stage in by_doing[Doing.LOOK_AGAIN]} == {1, 0}
    longest = max(len(list(same)) for _stage, same in groupby(seen))
    assert longest <= 3
