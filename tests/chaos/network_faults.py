"""Faults of connections: silence, loss, resets, delays, outages and foreign answers, between any two."""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random

from orderstream.streams.connection import AWAY, StreamError
from tests.chaos.done import Done, Fault
from tests.chaos.proxy import Mode, Proxy, Refusal
from tests.chaos.setup import LEASE_SECONDS
from tests.chaos.world import World
from tests.waiting import passed, wait_until

MET_WITHIN_SECONDS = 5.0
BUSY_WITHIN_SECONDS = 10.0
KINDS, SHARES = ("worker", "web", "keeper"), (6, 3, 1)
ERRORS: dict[str, tuple[str, tuple[str, ...], Collection[str] | None]] = {
    # The error, whom it may meet, and in answer to what.
    "loading": ("LOADING Redis is loading the dataset in memory", KINDS, None),
    "readonly": (
        "READONLY You can't write against a read only replica.",
        KINDS,
        {"EVALSHA", "XREADGROUP", "SET"},
    ),
    "oom": ("OOM command not allowed when used memory > 'maxmemory'.", ("web", "worker"), {"EVALSHA"}),
    "nogroup": (
        "NOGROUP No such key or consumer group 'order_processors' in XREADGROUP with GROUP option",
        ("worker",),
        {"XREADGROUP"},
    ),
}


@asynccontextmanager
async def _wire(
    world: World, rng: Random, kinds: Collection[str] = KINDS
) -> AsyncIterator[tuple[str, Proxy]]:
    """Between some process and Redis, and whose it is."""
    shares = [share for kind, share in zip(KINDS, SHARES, strict=True) if kind in kinds]
    kind = rng.choices([kind for kind in KINDS if kind in kinds], shares)[0]
    async with world.taken(kind, rng) as process:
        yield process.name, world.proxies[process.name]


def lossy(mode: Mode, least: float, most: float, *, tell: bool = True) -> Fault:
    """That mode for so many seconds. `tell`: connections that lost something end with a reset at last."""

    async def lost(world: World, rng: Random) -> Done:
        async with _wire(world, rng) as (name, proxy):
            seconds, before = round(rng.uniform(least, most), 1), proxy.hits[mode]
            proxy.enter(mode)
            try:
                await passed(seconds)
            finally:
                proxy.heal(tell=tell)
            return Done(f"{name}: {mode} for {seconds} s", proxy.hits[mode] > before)

    return lost


async def outcome_unheard(world: World, rng: Random) -> Done:
    """The replies to a worker with orders in hand are lost until the server has completed one of them."""

    async def recorded() -> str:
        ids = list(held)
        statuses = await world.lane.commands(("HGET", world.lane.keys.status(i), "status") for i in ids)
        return next((i for i, status in zip(ids, statuses, strict=True) if status == "completed"), "")

    async with world.taken("worker", rng) as process:
        proxy, found = world.proxies[process.name], ""
        with suppress(AssertionError):
            await wait_until(
                lambda: world.in_hand(process), BUSY_WITHIN_SECONDS, ignoring=(*AWAY, StreamError)
            )
        proxy.enter(Mode.SWALLOW_REPLIES)
        try:
            held = await world.insist(lambda: world.in_hand(process))
            with suppress(AssertionError):
                found = await wait_until(recorded, MET_WITHIN_SECONDS, ignoring=(*AWAY, StreamError))
        finally:
            proxy.heal()
        return Done(f"{process.name} never heard that {found or 'none'} was completed", bool(found))


async def reset(world: World, rng: Random) -> Done:
    async with _wire(world, rng) as (name, proxy):
        count = proxy.connections
        proxy.reset()
        return Done(f"{name}: {count} connections reset", count > 0)


async def cut_replies(world: World, rng: Random) -> Done:
    """The first half of a reply, then the end of the connection."""
    async with _wire(world, rng) as (name, proxy):
        before, proxy.replies_to_cut = proxy.hits["cut"], rng.randint(1, 4)
        await _until_met(lambda: not proxy.replies_to_cut)
        proxy.replies_to_cut = 0
        return Done(f"{name}: {proxy.hits['cut'] - before} replies cut", proxy.hits["cut"] > before)


async def delay(world: World, rng: Random) -> Done:
    async with _wire(world, rng) as (name, proxy):
        seconds, most = round(rng.uniform(3, 8), 1), round(rng.uniform(0.05, 0.4), 2)
        proxy.delay, before = (0.0, most), proxy.hits[Mode.DELAY]
        proxy.enter(Mode.DELAY)
        await passed(seconds)
        proxy.heal()
        return Done(f"{name}: up to {most} s late for {seconds} s", proxy.hits[Mode.DELAY] > before)


async def outage(world: World, rng: Random) -> Done:
    """Longer than a lease: of one process, or of everybody at once."""
    seconds = round(rng.uniform(1.1, 1.6) * LEASE_SECONDS, 1)
    if rng.random() < 0.5:
        async with _wire(world, rng) as (name, proxy):
            refused = await _cut_off([proxy], seconds)
            return Done(f"no Redis for {name} for {seconds} s", refused > 0)
    return await _cut_off_all(world, seconds)


async def outage_of_all(world: World, rng: Random) -> Done:
    """The same, of everybody for certain, and while every worker has orders in hand."""

    async def are_busy() -> bool:
        return all([await world.in_hand(each) for each in world.processes["worker"]])

    with suppress(AssertionError):
        await wait_until(are_busy, BUSY_WITHIN_SECONDS, ignoring=(*AWAY, StreamError))
    return await _cut_off_all(world, round(rng.uniform(1.1, 1.6) * LEASE_SECONDS, 1))


async def outage_of_a_web(world: World, rng: Random) -> Done:
    """Everybody else goes on, and so do the dashboards that it feeds."""
    seconds = round(rng.uniform(3, 5), 1)
    async with _wire(world, rng, ("web",)) as (name, proxy):
        refused = await _cut_off([proxy], seconds)
        return Done(f"no Redis for {name} for {seconds} s", refused > 0)


async def _cut_off_all(world: World, seconds: float) -> Done:
    async with AsyncExitStack() as stack:
        for each in world.all_processes():
            await stack.enter_async_context(each.taken)
        refused = await _cut_off(list(world.proxies.values()), seconds)
        return Done(f"no Redis for everybody for {seconds} s", refused > 0, silent_seconds=seconds)


async def _cut_off(proxies: Collection[Proxy], seconds: float) -> int:
    """How many connections were ended or refused."""
    before = sum(proxy.hits[Mode.REFUSE] for proxy in proxies)
    for proxy in proxies:
        proxy.enter(Mode.REFUSE)
    try:
        await passed(seconds)
    finally:
        for proxy in proxies:
            proxy.heal()
    return sum(proxy.hits[Mode.REFUSE] for proxy in proxies) - before


def error_reply(kind: str) -> Fault:
    """A few commands are answered with this error and don't reach the server."""
    text, whom, names = ERRORS[kind]

    async def refused(world: World, rng: Random) -> Done:
        async with _wire(world, rng, whom) as (name, proxy):
            before, refusal = proxy.hits["refused"], Refusal(text, rng.randint(1, 6), names)
            proxy.refusal = refusal
            await _until_met(lambda: not refusal.count)
            proxy.refusal = None
            count = proxy.hits["refused"] - before
            return Done(f"{name}: {count} times {text.split()[0]}", count > 0)

    return refused


def front(mode: Mode | None) -> Fault:
    """Between browsers, clients and a web: that mode for a second or three; None resets."""

    async def broken(world: World, rng: Random) -> Done:
        async with world.taken("web", rng) as process:
            proxy = world.fronts[process.name]
            if mode is None:
                count = proxy.connections
                proxy.reset()
                return Done(f"{count} clients of {process.name} reset", count > 0)
            seconds, before = round(rng.uniform(1, 3), 1), proxy.hits[mode]
            proxy.enter(mode)
            await passed(seconds)
            proxy.heal()
            return Done(f"clients of {process.name}: {mode} for {seconds} s", proxy.hits[mode] > before)

    return broken


async def _until_met(is_over: object) -> None:
    try:
        await wait_until(is_over, MET_WITHIN_SECONDS)  # type: ignore[arg-type]
    except AssertionError:
        return
