"""Faults of processes: killed, stopped for a while, ended one after the other, dead or failing at a point."""

import signal
from collections.abc import Mapping
from contextlib import suppress
from random import Random

from orderstream.streams.connection import AWAY, StreamError
from tests.chaos.done import Broken, Done, Fault
from tests.chaos.failpoints import How, Point
from tests.chaos.living import UP
from tests.chaos.processes import Supervised
from tests.chaos.setup import LEASE_SECONDS
from tests.chaos.world import World
from tests.waiting import passed, wait_until

BACK_WITHIN_SECONDS = 20.0
FIRES_WITHIN_SECONDS = 10.0
TAKEN_WITHIN_SECONDS = 20.0
HELD_WITHIN_SECONDS = 5.0
BETWEEN_SECONDS = 0.1
"""Two signals at once may be one."""


def kill(kind: str) -> Fault:
    """SIGKILL; another is started 0.2 to 3 s later."""

    async def killed(world: World, rng: Random) -> Done:
        async with world.taken(kind, rng) as process:
            pause = round(rng.uniform(0.2, 3.0), 1)
            held = await _at_work(world, process)
            pid, process.next_pause = process.pid, pause
            has_hit = process.send(signal.SIGKILL)
            await _be_back(world, process, pid)
            return Done(
                f"{process.name} killed with {held} in hand, back after {pause} s", has_hit and held > 0
            )

    return killed


async def _at_work(world: World, process: Supervised) -> int:
    """How many orders, clients or connections it has in hand, after a while at most."""
    await process.new_incarnation(None, BACK_WITHIN_SECONDS)
    match process.kind:
        case "worker":
            return len(await _held(world, process))
        case "web":
            return world.fronts[process.name].connections
        case "server":
            return sum(proxy.connections for proxy in world.proxies.values())
    return world.proxies[process.name].connections


async def _held(world: World, process: Supervised) -> Mapping[str, str]:
    with suppress(AssertionError):
        return await wait_until(
            lambda: world.in_hand(process), HELD_WITHIN_SECONDS, ignoring=(*AWAY, StreamError)
        )
    return {}


async def _be_back(world: World, process: Supervised, after: int | None) -> None:
    if not await world.is_back(process, after):
        raise Broken(UP, process.name, "not there again a minute after it had ended")


def stall(kind: str, least: float, most: float) -> Fault:
    """SIGSTOP for so many seconds, then SIGCONT."""

    async def stalled(world: World, rng: Random) -> Done:
        async with world.taken(kind, rng) as process:
            seconds = round(rng.uniform(least, most), 1)
            held = await _at_work(world, process)
            has_hit = process.send(signal.SIGSTOP)
            try:
                await passed(seconds)
            finally:
                process.send(signal.SIGCONT)
            silent = seconds if has_hit and kind == "server" else 0.0
            what = f"{process.name} stopped for {seconds} s with {held} in hand"
            return Done(what, has_hit and held > 0, silent)

    return stalled


def stall_leases(leases: float) -> Fault:
    return stall("worker", leases * LEASE_SECONDS, leases * LEASE_SECONDS)


async def stall_until_taken_over(world: World, rng: Random) -> Done:
    """SIGSTOP to a worker with orders in hand until another has begun one of them, and works on it."""
    async with world.taken("worker", rng) as process:
        await process.new_incarnation(None, BACK_WITHIN_SECONDS)
        has_hit = process.send(signal.SIGSTOP)
        try:
            held = await world.insist(lambda: world.in_hand(process))
            taken = await _taken_over(world, held)
        finally:
            process.send(signal.SIGCONT)
        return Done(
            f"{process.name} stopped with {len(held)} orders in hand until {taken} was taken over",
            has_hit and bool(taken),
        )


async def _taken_over(world: World, held: Mapping[str, str]) -> str:
    """The first of these orders that another than its worker is processing."""
    found: list[str] = []

    async def is_taken() -> bool:
        words = [("HMGET", world.lane.keys.status(i), "status", "worker_id") for i in held]
        now = await world.lane.commands(words)
        found.extend(
            i
            for (i, worker), (status, by) in zip(held.items(), now, strict=True)
            if status == "processing" and by != worker
        )
        return bool(found)

    with suppress(AssertionError):
        await wait_until(is_taken, TAKEN_WITHIN_SECONDS, ignoring=(*AWAY, StreamError))
    return found[0] if found else ""


async def terminate_twice(world: World, rng: Random) -> Done:
    """SIGTERM twice to a worker with orders in hand: it is not to finish them."""
    async with world.taken("worker", rng) as process:
        await process.new_incarnation(None, BACK_WITHIN_SECONDS)
        pid, held = process.pid, len(await _held(world, process))
        has_hit = process.send(signal.SIGTERM)
        await passed(BETWEEN_SECONDS)
        process.send(signal.SIGTERM)
        await _be_back(world, process, pid)
        return Done(f"{process.name} ended by two SIGTERM with {held} orders in hand", has_hit and held > 0)


async def roll(world: World, _rng: Random) -> Done:
    """SIGTERM to each worker and web, the next when another is at work: as a deployment does it."""
    rolled = 0
    for kind in ("worker", "web", "keeper"):
        for process in world.processes[kind]:
            async with process.taken:
                rolled += await _ended_and_back(world, process)
    return Done(f"{rolled} processes ended by SIGTERM one after the other", rolled > 0)


async def _ended_and_back(world: World, process: Supervised) -> bool:
    # One that only just starts has no ear for it, and nothing to hand back.
    await _be_back(world, process, None)
    pid = process.pid
    has_hit = process.send(signal.SIGTERM)
    if not await process.new_incarnation(pid, BACK_WITHIN_SECONDS):
        process.send(signal.SIGKILL)
        raise Broken("I16", process.name, f"not ended {BACK_WITHIN_SECONDS:g} s after SIGTERM")
    await _be_back(world, process, pid)
    return has_hit


def fail_point(point: Point, kind: str = "worker") -> Fault:
    """The process that comes by there dies, or fails as if it had lost its server."""

    async def fired(world: World, rng: Random) -> Done:
        how = rng.choice(list(How))
        async with world.taken(kind, rng) as process:
            points, pid = world.points(process.name), process.pid
            points.arm(point, how)
            try:
                await wait_until(lambda: not points.is_armed(point), FIRES_WITHIN_SECONDS)
            except AssertionError:
                points.disarm(point)
                return Done(f"{process.name} did not come by {point} ({how})", has_hit=False)
            if how is How.DIE:
                await _be_back(world, process, pid)
            return Done(f"{process.name} {point}: {how}", has_hit=True)

    return fired
