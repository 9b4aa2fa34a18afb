"""What can go wrong around the steps: lost keys, pauses, a clock that jumps, forgotten scripts."""

from orderstream.streams.figures import snapshot
from orderstream.streams.lane import WAITING
from tests.streams.checker import STATUSES
from tests.streams.simulation.model import Actor, Model


async def forget_scripts(model: Model, _: Actor) -> None:
    await model.lane.command("SCRIPT", "FLUSH")


async def pause_or_resume(model: Model, _: Actor) -> None:
    model.paused = not model.paused
    await model.lane.command("HSET", model.lane.keys.control, "paused", int(model.paused))


async def lose_index(model: Model, _: Actor) -> None:
    if model.modes.index:
        await model.lane.command("DEL", model.lane.keys.retry)


async def lose_hash(model: Model, _: Actor) -> None:
    if model.modes.hash and model.orders:
        order_id = model.any_order()
        model.hashless.add(order_id)
        await model.lane.command("DEL", model.lane.keys.status(order_id))


async def lose_group(model: Model, _: Actor) -> None:
    if model.modes.group:
        await model.lane.command("XGROUP", "DESTROY", model.lane.keys.stream, model.lane.group)
        await model.lane.ensure_group()


async def lose_consumer(model: Model, actor: Actor) -> None:
    if model.modes.consumer:
        name = model.random.choice([actor.name, WAITING])
        await model.lane.command("XGROUP", "DELCONSUMER", model.lane.keys.stream, model.lane.group, name)


async def jump(model: Model, _: Actor) -> None:
    if model.modes.jump:
        model.clock.advance(3_600_000)


async def look(model: Model, _: Actor) -> None:
    """Not a disaster: whatever happened, the figures add up at every snapshot (I7)."""
    taken = await snapshot(model.lane)
    totals = taken.totals
    gauges = [totals.get(status, 0) for status in STATUSES]
    assert min(gauges) >= 0, f"I7 negative: {totals}"
    assert totals.get("n_placed", 0) + totals.get("n_adopted", 0) == sum(gauges), f"I7 sum: {totals}"
    newest = await model.lane.command("XREVRANGE", model.lane.keys.events, "+", "-", "COUNT", 1)
    assert taken.cursor == (newest[0][0] if newest else "0-0"), "the snapshot's cursor is the last event"
