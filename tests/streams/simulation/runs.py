"""One run: random steps from a seed, then quiet until everything is final, then the checker."""

from collections.abc import Awaitable, Callable

from orderstream.streams.lane import Lane
from tests.streams.checker import check
from tests.streams.scene import Clock
from tests.streams.simulation import disasters, steps, sweeps
from tests.streams.simulation.model import ATTEMPTS, LEASE_MS, Actor, Model

STEPS = 200
Step = Callable[[Model, Actor], Awaitable[None]]
WEIGHTS: dict[Step, int] = {
    steps.place_some: 100,
    steps.place_foreign: 10,
    steps.pass_time: 40,
    steps.take_beat: 80,
    steps.read: 120,
    steps.begin_some: 140,
    steps.finish_some: 140,
    steps.tell_again: 30,
    steps.wake_a_zombie: 40,
    steps.promote: 60,
    sweeps.sweep_some: 70,
    steps.begin_own: 20,
    steps.crash: 30,
    steps.shut_down: 20,
    steps.operate: 80,
    disasters.forget_scripts: 3,
    disasters.pause_or_resume: 8,
    disasters.lose_index: 5,
    disasters.lose_hash: 5,
    disasters.lose_group: 2,
    disasters.lose_consumer: 2,
    disasters.jump: 2,
    disasters.look: 6,
}


async def run(lane: Lane, clock: Clock, seed: int) -> Model:
    """Raises AssertionError with the first thing that does not hold."""
    model = Model(lane, clock, seed)
    for _ in range(model.random.randint(2, 4)):
        await steps.take_beat(model, model.new_actor())
    for step in model.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=STEPS):
        await step(model, model.random.choice(model.workers))
    await settle(model)
    await _check_end(model)
    return model


async def settle(model: Model) -> None:
    """The faults have healed, one worker is left: every order becomes final (I1)."""
    model.clock.advance(5)
    if model.paused:
        await disasters.pause_or_resume(model, model.workers[0])
    keep = 0 if model.random.random() < 0.5 else 1
    for actor in model.workers[keep:]:
        model.bury(actor)
    worker = model.workers[0] if model.workers else model.new_actor()
    for _ in range(40):
        model.clock.advance(LEASE_MS // 3)
        await steps.take_beat(model, worker)
        await sweeps.sweep_pages(model, 0, page=1_000)
        if model.modes.consumer or model.modes.hash:
            await sweeps.sweep_checked(model, model.orders, 10**12, await sweeps.alive_workers(model))
        for _round in range(20):
            if not await _work_off(model, worker):
                break
        if await _is_quiet(model):
            return
    raise AssertionError(f"I1 stuck: {await _unfinished(model)}")


async def _work_off(model: Model, worker: Actor) -> int:
    worker.inbox.clear()
    await steps.begin_own(model, worker)
    await steps.promote(model, worker, 50, 50)
    await steps.read(model, worker, 100)
    await steps.begin(model, worker, list(dict.fromkeys(worker.inbox)))
    told = [(order_id, fence, "completed") for order_id, fence in worker.fences.items()]
    await steps.finish(model, worker, told)
    return len(told)


async def _unfinished(model: Model) -> list[dict[str, str]]:
    rows = await model.lane.commands(("HGETALL", model.lane.keys.status(i)) for i in model.orders)
    return [row | {"id": i} for i, row in zip(model.orders, rows, strict=True) if _is_open(row)]


def _is_open(row: dict[str, str]) -> bool:
    return row.get("status", "missing") not in {"completed", "failed", "cancelled"}


async def _is_quiet(model: Model) -> bool:
    keys, lane = model.lane.keys, model.lane
    pending = (await lane.command("XPENDING", keys.stream, lane.group))["pending"]
    gauges = await lane.command("HMGET", keys.totals, "pending", "processing", "retrying")
    undelivered = [row for row in await _unfinished(model) if "status" not in row]
    if model.modes.hash:
        # A hash that was taken from a final order stays away: nothing ever asks for it.
        undelivered = [row for row in undelivered if row["id"] not in model.hashless]
    return not pending and not undelivered and not any(int(gauge or 0) for gauge in gauges)


async def _check_end(model: Model) -> None:
    log = await check(model.lane, hashless=model.hashless)
    assert set(log.histories) == set(model.orders), "every order is in the log, and no other"
    for order_id, history in log.histories.items():
        assert history[-1].target in {"completed", "failed", "cancelled"}, f"I1 not final: {order_id}"
        for event in history:
            assert int(event.fields.get("attempt", 0)) <= ATTEMPTS, f"I10 {event}"
    keys, lane = model.lane.keys, model.lane
    assert await lane.command("ZCARD", keys.retry) == 0, "the retry index is empty"
    stale = int(await lane.command("HGET", keys.totals, "n_stale") or 0)
    assert stale == model.stale, f"I4 stale outcomes are counted: {stale} {model.stale}"
