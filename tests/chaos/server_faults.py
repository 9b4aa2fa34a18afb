"""Faults of the server's contents and of its administration: what an operator with redis-cli can do."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

from orderstream.streams.connection import AWAY, StreamError
from tests.chaos.done import Done
from tests.chaos.world import World
from tests.waiting import passed, wait_until

FULL_SECONDS = 5.0
AHEAD_MS = 3_600_000
NEWEST = 300
MET_WITHIN_SECONDS = 10.0


async def script_flush(world: World, _rng: Random) -> Done:
    known = (await world.insist(lambda: world.client.info("memory")))["number_of_cached_scripts"]
    await world.insist(lambda: world.client.execute_command("SCRIPT", "FLUSH"))
    return Done(f"{known} scripts forgotten", known > 0)


async def client_kill(world: World, _rng: Random) -> Done:
    count = await world.insist(
        lambda: world.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    )
    return Done(f"{count} clients killed by the server", int(count) > 0)


async def client_pause(world: World, rng: Random) -> Done:
    ms, what, before = rng.randint(300, 3000), rng.choice(["ALL", "WRITE"]), world.requests
    await world.insist(lambda: world.client.execute_command("CLIENT", "PAUSE", ms, what))
    await passed(ms / 1000)
    asked = world.requests - before
    return Done(f"clients paused for {ms} ms ({what}); {asked} requests came", asked > 0)


async def memory_limit(world: World, _rng: Random) -> Done:
    """A server that is full: nothing more is placed, and all that is there goes on."""
    async with world.server.taken:
        used = (await world.insist(lambda: world.client.info("memory")))["used_memory"]
        limit, before = max(1, int(used * 0.9)), await _refused_as_full(world)
        try:
            await world.insist(lambda: world.client.config_set("maxmemory", limit))
            await passed(FULL_SECONDS)
        finally:
            await world.insist(lambda: world.client.config_set("maxmemory", 0))
        refused = await _refused_as_full(world) - before
        what = f"memory limited to {limit} bytes for {FULL_SECONDS:g} s; {refused} commands refused"
        return Done(what, refused > 0)


async def _refused_as_full(world: World) -> int:
    errors = await world.insist(lambda: world.client.info("errorstats"))
    return int(errors.get("errorstat_OOM", {"count": 0})["count"])


async def entry_ahead(world: World, rng: Random) -> Done:
    """An order written straight into the stream, with an id of an hour later: so are all ids behind it."""
    now_ms = await world.insist(world.lane.now_ms)
    last = await world.insist(lambda: world.client.xinfo_stream(world.lane.keys.stream))
    ms = max(now_ms + AHEAD_MS, int(last["last-generated-id"].split("-")[0]) + 1)
    entry_id, number = f"{ms}-0", world.by_hand
    fields = {
        "customer_id": "by-hand",
        "product_id": f"P-{rng.randrange(20)}",
        "quantity": "1",
        "price": "1.00",
        "status": "pending",
        "created_at": f"{now_ms / 1000:.3f}",
        "reference": f"by-hand-{world.seed}-{number}",
    }

    async def write() -> None:
        if not await world.client.xrange(world.lane.keys.stream, entry_id, entry_id):
            await world.client.xadd(world.lane.keys.stream, fields, id=entry_id)

    await world.insist(write)
    world.by_hand += 1
    return Done(f"entry {entry_id} is an hour ahead", has_hit=True)


async def delete_consumer(world: World, rng: Random) -> Done:
    """XGROUP DELCONSUMER of a worker, with orders in hand if there is one: its pending entries are gone."""
    stream, group = world.lane.keys.stream, world.lane.group
    await _until(lambda: _workers(world, least_pending=1))
    busy = await world.insist(lambda: _workers(world, least_pending=1))
    if not (consumers := busy or await world.insist(lambda: _workers(world))):
        return Done("no consumer is a worker", has_hit=False)
    chosen = rng.choice(consumers)
    lost = await world.insist(lambda: world.client.xgroup_delconsumer(stream, group, chosen["name"]))
    return Done(f"consumer {chosen['name']} deleted with {lost} pending entries", int(lost) > 0)


async def destroy_group(world: World, _rng: Random) -> Done:
    """XGROUP DESTROY while orders are in hand: gone are all pending entries, and how far it had read."""
    stream, group = world.lane.keys.stream, world.lane.group
    await _until(lambda: _workers(world, least_pending=1))
    pending = (await world.insist(lambda: world.client.xpending(stream, group)))["pending"]
    done = await world.insist(lambda: world.client.xgroup_destroy(stream, group))
    return Done(f"the group destroyed with {pending} pending entries", bool(done) and pending > 0)


async def _workers(world: World, least_pending: int = 0) -> list[Any]:
    """The group's consumers that are workers of this run and hold so many entries."""
    rows = await world.client.xinfo_consumers(world.lane.keys.stream, world.lane.group)
    return [row for row in rows if row["name"].startswith("worker-") and row["pending"] >= least_pending]


async def delete_status(world: World, rng: Random) -> Done:
    """The status hashes of a few of the newest orders: one of each status that there is."""
    found: dict[str, list[str]] = {}

    async def is_one_at_work() -> bool:
        found.clear()
        rows = await world.client.xrevrange(world.lane.keys.stream, count=NEWEST)
        words = [("HGET", world.lane.keys.status(row[0]), "status") for row in rows]
        for row, status in zip(rows, await world.lane.commands(words), strict=True):
            found.setdefault(status, []).append(row[0])
        return "processing" in found

    await _until(is_one_at_work)
    chosen = {status: rng.choice(ids) for status, ids in found.items() if status}
    keys = [world.lane.keys.status(order_id) for order_id in chosen.values()]
    count = await world.insist(lambda: world.client.delete(*keys)) if keys else 0
    said = ", ".join(f"{order_id} {status}" for status, order_id in chosen.items())
    return Done(f"{count} status hashes deleted: {said}", count > 0 and "processing" in chosen)


async def _until(there_is: Callable[[], Awaitable[object]]) -> None:
    """Wait for something to break, but not for ever."""
    with suppress(AssertionError):
        await wait_until(there_is, MET_WITHIN_SECONDS, ignoring=(*AWAY, StreamError))
