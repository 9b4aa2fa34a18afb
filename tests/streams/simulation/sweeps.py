"""What a sweep does in a run, by plain commands, and what each of its answers must mean."""

from collections.abc import Sequence

from orderstream.streams.codec import pairs
from orderstream.streams.lane import WAITING
from orderstream.streams.liveness import retire
from orderstream.streams.sweeping import sweep
from tests.streams.simulation.model import ATTEMPTS, BACKOFF_MS, Actor, Model
from tests.streams.simulation.steps import holder


async def sweep_some(model: Model, _: Actor) -> None:
    await sweep_pages(model, model.random.choice((0, 10**9)), page=8)


async def sweep_pages(model: Model, bound_ms: int, page: int) -> None:
    """Look with plain commands as the sweeper does, but in smaller pages and without its cursors."""
    keys, group = model.lane.keys, model.lane.group
    ids: list[str] = []
    alive = await alive_workers(model)
    for row in await model.lane.command("XINFO", "CONSUMERS", keys.stream, group):
        name = pairs(row)["name"]
        rows = await model.lane.command(
            "XPENDING", keys.stream, group, "-", "+", page, name, parse_detail=True
        )
        held = [each["message_id"] for each in rows]
        if not held and name not in alive and name != WAITING:
            await retire(model.lane, name, "judged")
        if name == WAITING and held:
            due = await model.lane.command("ZMSCORE", keys.retry, *held)
            held = [i for i, at in zip(held, due, strict=True) if at is None]
        ids += held
    if model.orders and page < 100 and model.random.random() < 0.2:
        ids.append(model.any_order())
    await sweep_checked(model, list(dict.fromkeys(ids)), bound_ms, alive)


async def sweep_checked(model: Model, ids: Sequence[str], bound_ms: int, alive: set[str]) -> None:
    keys, now = model.lane.keys, model.clock.now_ms
    calm = int(await model.lane.command("HGET", keys.control, "calm_until") or 0) > now
    before = await model.lane.commands(("HGETALL", keys.status(i)) for i in ids)
    codes = await sweep(
        model.lane, ids, actor="worker:sweeper", bound_ms=bound_ms, attempts=ATTEMPTS, backoff_ms=BACKOFF_MS
    )
    for order_id, code, was in zip(ids, codes, before, strict=True):
        if was.get("status") != "processing":
            continue
        is_safe = was["worker_id"] in alive and int(was["deadline"]) > now
        if code == "swept":
            assert not is_safe, f"I1 taken from a living worker: {order_id} {was}"
            assert not calm, f"swept in a calm: {order_id}"
            due = await model.lane.command("ZSCORE", keys.retry, order_id)
            assert due is None or int(due) == now + BACKOFF_MS, f"swept without back-off: {order_id}"
        elif code in {"fine", "put_back"}:
            assert is_safe, f"left with a dead worker: {order_id} {was}"
            assert await holder(model, order_id) == was["worker_id"]


async def alive_workers(model: Model) -> set[str]:
    return set(
        await model.lane.command(
            "ZRANGE", model.lane.keys.workers, f"({model.clock.now_ms}", "+inf", "BYSCORE"
        )
    )
