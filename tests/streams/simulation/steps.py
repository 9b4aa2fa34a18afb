"""What can happen next: each step as the application would take it, its replies sometimes lost."""

from collections.abc import Sequence
from datetime import timedelta

from orderstream.domain.outcomes import Completed, Outcome, Rejected, Retry
from orderstream.streams.codec import pairs
from orderstream.streams.deliveries import Begun, NotBegun, Report
from orderstream.streams.lane import WAITING
from orderstream.streams.liveness import beat, retire
from orderstream.streams.operating import cancel, discard, note, requeue
from orderstream.streams.placing import Placement, place
from orderstream.streams.repairs import restore_or_adopt
from tests.orders import draft, foreign_entry
from tests.streams.simulation.model import ATTEMPTS, LEASE_MS, PATIENCE_MS, Actor, Model

DELAYS_MS = (0, 10, 500, 3_000)


async def take_beat(model: Model, actor: Actor) -> None:
    await beat(model.lane, actor.name, lease_ms=LEASE_MS, sweep_every_ms=0, fields={"v": 1})


async def place_some(model: Model, _: Actor) -> None:
    placements = []
    for _number in range(model.random.randint(1, 5)):
        key = f"k{len(model.keys) + len(placements)}"
        if model.keys and model.random.random() < 0.2:
            key = model.random.choice(list(model.keys))
        digest = "other" if model.random.random() < 0.05 and key in model.keys else f"digest of {key}"
        placements.append(Placement(draft(), key, "sim", digest))
    await _place(model, placements)
    if model.random.random() < 0.15:  # the reply was lost, so the client sends it again
        await _place(model, placements)


async def _place(model: Model, placements: list[Placement]) -> None:
    answers = await place(
        model.lane,
        placements,
        actor="key:sim",
        backlog_limit=model.modes.limit,
        key_ttl=timedelta(minutes=1),
        all_or_nothing=model.random.random() < 0.5,
    )
    for placement, answer in zip(placements, answers, strict=True):
        model.saw_answer(placement.key or "", placement.digest, type(answer).__name__, answer.order_id)
    if model.modes.limit and any(type(answer).__name__ == "Placed" for answer in answers):
        names = ("pending", "processing", "retrying")
        gauges = await model.lane.command("HMGET", model.lane.keys.totals, *names)
        assert sum(int(gauge or 0) for gauge in gauges) <= model.modes.limit, f"backlog: {gauges}"


async def place_foreign(model: Model, _: Actor) -> None:
    """Somebody writes straight into the stream: an order, or rubbish."""
    fields = draft().wire() if model.random.random() < 0.7 else {"rubbish": "x"}
    model.orders.append(await foreign_entry(model.lane, fields))


async def pass_time(model: Model, _: Actor) -> None:
    small = model.random.random() < 0.9
    model.clock.advance(model.random.choice((1, 5, 50, 300) if small else (LEASE_MS + 10, PATIENCE_MS + 10)))


async def read(model: Model, actor: Actor, count: int | None = None, *, lost: bool = False) -> None:
    if model.paused and model.random.random() < 0.7:
        return
    wanted = count or model.random.randint(1, actor.slots)
    delivered = await actor.deliveries.read(model.lane.client, wanted, None)
    if not lost:
        actor.inbox += [each.order_id for each in delivered]


async def begin(model: Model, actor: Actor, ids: Sequence[str], *, lost: bool = False) -> None:
    answers = await actor.deliveries.begin(ids, lease_ms=LEASE_MS, patience_ms=PATIENCE_MS, attempts=ATTEMPTS)
    missing = []
    for answer in answers:
        reason = answer.reason if isinstance(answer, NotBegun) else ""
        if isinstance(answer, Begun):
            if model.saw_begun(actor.name, answer):
                await _check_begun(model, actor, answer)
            if not lost:
                actor.fences[answer.order_id] = max(answer.fence, actor.fences.get(answer.order_id, 0))
        elif reason == "missing":
            missing.append(answer.order_id)
        if not lost and reason not in {"missing", "paused"} and answer.order_id in actor.inbox:
            actor.inbox.remove(answer.order_id)
    await repair(model, missing)


async def _check_begun(model: Model, actor: Actor, begun: Begun) -> None:
    keys = model.lane.keys
    indexed, alive_until = await model.lane.commands(
        [("ZSCORE", keys.retry, begun.order_id), ("ZSCORE", keys.workers, actor.name)]
    )
    assert indexed is None, f"begun, but still in the retry index: {begun}"
    assert int(alive_until) >= model.clock.now_ms + LEASE_MS, "to begin is a beat"
    if not (model.modes.group or model.modes.index):
        assert await holder(model, begun.order_id) != WAITING, f"begun, but still parked: {begun}"


async def begin_some(model: Model, actor: Actor) -> None:
    ids = model.some(actor.inbox)
    if ids and model.random.random() < 0.15:
        ids.append(model.random.choice(ids))
    if model.orders and model.random.random() < 0.15:
        ids.append(model.any_order())
    await begin(model, actor, ids, lost=model.random.random() < 0.12)


async def finish(
    model: Model, actor: Actor, told: Sequence[tuple[str, int, str]], *, lost: bool = False
) -> None:
    reports = [Report(order_id, fence, _outcome(model, kind), 5) for order_id, fence, kind in told]
    verdicts = await actor.deliveries.finish(reports, attempts=ATTEMPTS)
    for (order_id, fence, kind), verdict in zip(told, verdicts, strict=True):
        model.saw_verdict(order_id, fence, verdict.code)
        if lost:
            actor.untold.append((order_id, fence, kind))
        known = verdict.code not in {"missing", "broken"}
        if known and actor.fences.get(order_id) == fence and (not lost or model.random.random() < 0.5):
            del actor.fences[order_id]
    await repair(model, [verdict.order_id for verdict in verdicts if verdict.code == "missing"])


def _outcome(model: Model, kind: str) -> Outcome:
    match kind:
        case "completed":
            return Completed()
        case "retry":
            return Retry(timedelta(milliseconds=model.random.choice(DELAYS_MS)), "Again", "words")
    return Rejected("Never", "words")


async def finish_some(model: Model, actor: Actor) -> None:
    ids = model.some(actor.fences)
    told = [(i, actor.fences[i], kind) for i, kind in zip(ids, model.outcomes(ids), strict=True)]
    await finish(model, actor, told, lost=model.random.random() < 0.12)


async def tell_again(model: Model, actor: Actor) -> None:
    if actor.untold:
        await finish(model, actor, list(actor.untold))
        if model.random.random() < 0.5:
            actor.untold.clear()


async def wake_a_zombie(model: Model, actor: Actor) -> None:
    """One that was thought dead goes on as if nothing had happened, or anybody shows an old fence."""
    if not model.zombies or model.random.random() < 0.4:
        if model.issued:
            order_id, fence, name = model.random.choice(model.issued)
            ghost = Actor(model.lane, name if model.random.random() < 0.7 else actor.name, 1)
            kind = model.random.choice(("completed", "retry", "rejected"))
            await finish(model, ghost, [(order_id, fence, kind)] * model.random.randint(1, 2))
        return
    zombie = model.random.choice(model.zombies)
    match model.random.choice(("finish", "finish", "begin", "beat", "read", "own")):
        case "finish":
            await finish_some(model, zombie)
        case "begin":
            await begin(model, zombie, model.some(zombie.inbox))
        case "beat":
            await take_beat(model, zombie)
        case "read":
            await read(model, zombie, 2)
        case "own":
            await begin_own(model, zombie)


async def promote(model: Model, actor: Actor, limit: int | None = None, suspects: int | None = None) -> None:
    keys, lane = model.lane.keys, model.lane
    due = {
        i: int(at) for i, at in pairs(await lane.command("ZRANGE", keys.retry, 0, -1, "WITHSCORES")).items()
    }
    flags = await lane.commands(("HGET", keys.status(i), "suspect") for i in due)
    suspected = {i for i, flag in zip(due, flags, strict=True) if flag == "1"}
    allowed = model.random.randint(0, 2) if suspects is None else suspects
    promoted = await actor.deliveries.promote(
        limit or model.random.randint(1, 4), lease_ms=LEASE_MS, suspects=allowed
    )
    assert not (model.paused and promoted), "promoted while paused"
    assert len(suspected & set(promoted)) <= allowed, "more suspects than allowed"
    for order_id in promoted:
        assert due[order_id] <= model.clock.now_ms, f"promoted before it was due: {order_id}"
        assert await holder(model, order_id) == actor.name, f"promoted to nobody: {order_id}"
    if model.random.random() > 0.12:  # else the reply is lost
        actor.inbox += promoted


async def begin_own(model: Model, actor: Actor) -> None:
    """What the server says is mine and I don't know of."""
    own = await actor.deliveries.own_pending(100)
    await begin(model, actor, [order_id for order_id in own if order_id not in actor.fences])


async def crash(model: Model, actor: Actor) -> None:
    if len(model.zombies) < 6:
        model.bury(actor)
        await take_beat(model, model.new_actor())


async def shut_down(model: Model, actor: Actor) -> None:
    if len(model.workers) < 2:
        return
    held: list[tuple[str, int | None]] = list(actor.fences.items())
    held += [(order_id, None) for order_id in dict.fromkeys(actor.inbox) if order_id not in actor.fences]
    codes = await actor.deliveries.release(held)
    if model.random.random() < 0.3:  # the reply was lost
        await actor.deliveries.release(held)
    await repair(model, [i for (i, _), code in zip(held, codes, strict=True) if code == "missing"])
    await retire(model.lane, actor.name)
    model.bury(actor)
    if model.random.random() < 0.7:
        await take_beat(model, model.new_actor())


async def operate(model: Model, _: Actor) -> None:
    """Cancel or note anything; requeue or discard dead letters and things that are none."""
    if not model.orders:
        return
    ids = [model.any_order(), model.any_order()]
    kind = model.random.choice(("cancel", "cancel", "requeue", "requeue", "discard", "note"))
    if kind == "note":
        await note(model.lane, ids[0], "hm", actor="user:boss")
        return
    if kind == "cancel":
        await cancel(model.lane, ids, actor="user:boss")
        return
    ids += await model.lane.command("ZRANGE", model.lane.keys.failed, 0, 3)
    step = requeue if kind == "requeue" else discard
    codes = await step(model.lane, ids, actor="user:boss")
    assert "gone" not in codes, "I8 a dead letter lost its entry"


async def repair(model: Model, ids: Sequence[str]) -> None:
    if ids:
        await restore_or_adopt(model.lane, ids, actor="worker:sim")


async def holder(model: Model, order_id: str) -> str | None:
    keys = model.lane.keys
    rows = await model.lane.command(
        "XPENDING", keys.stream, model.lane.group, order_id, order_id, 1, parse_detail=True
    )
    return rows[0]["consumer"] if rows else None
