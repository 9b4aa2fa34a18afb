"""The catalogue of faults by name, and how everything is mended at the end of a run."""

import signal
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from tests.chaos import network_faults as network
from tests.chaos import process_faults as processes
from tests.chaos import server_faults as server
from tests.chaos.done import Broken, Done, Fault
from tests.chaos.failpoints import Point
from tests.chaos.proxy import Mode
from tests.chaos.world import World

STORM: Final = 200
STORM_LEAST: Final = STORM // 2
HOSTILE: Final = 10
SILENT_SECONDS: Final = 45.0
"""Who has acknowledged nothing for 30 s is closed."""
CHATTER_SECONDS: Final = 15.0


async def storm(world: World, _rng: Random) -> Done:
    """Many dashboards connect at once, as after a deployment."""
    count = await world.dashboards.storm(STORM)
    return Done(f"{count} of {STORM} dashboards came at once", count >= STORM_LEAST)


async def silent(world: World, _rng: Random) -> Done:
    """Dashboards that never read: each is closed in time."""
    came, closed = await world.dashboards.silent(HOSTILE, SILENT_SECONDS)
    return _all_closed(came, closed, f"never read in {SILENT_SECONDS:g} s")


async def chatter(world: World, _rng: Random) -> Done:
    """Dashboards that speak all the time and never read: each is closed soon."""
    came, closed = await world.dashboards.chatter(HOSTILE, CHATTER_SECONDS)
    return _all_closed(came, closed, f"chattered for {CHATTER_SECONDS:g} s and never read")


def _all_closed(came: int, closed: int, what: str) -> Done:
    if closed < came:
        raise Broken("I12", "dashboards", f"of {came} that {what} {closed} were closed")
    return Done(f"{came} dashboards {what}; all were closed", came > 0)


CATALOGUE: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "kill worker": processes.kill("worker"),
        "kill web": processes.kill("web"),
        "kill keeper": processes.kill("keeper"),
        "kill server": processes.kill("server"),
        "stall worker half a lease": processes.stall_leases(0.5),
        "stall worker 1.5 leases": processes.stall_leases(1.5),
        "stall worker 3 leases": processes.stall_leases(3),
        "stall server": processes.stall("server", 1, 8),
        "rolling SIGTERM": processes.roll,
        **{
            f"fail point {point}": processes.fail_point(point, "web" if point is Point.PLACED else "worker")
            for point in Point
        },
        "half-open": network.lossy(Mode.HALF_OPEN, 1, 8, tell=False),
        "swallowed replies": network.lossy(Mode.SWALLOW_REPLIES, 0.5, 3),
        "swallowed requests": network.lossy(Mode.SWALLOW_REQUESTS, 0.5, 3),
        "reset": network.reset,
        "reply cut": network.cut_replies,
        "delay": network.delay,
        "outage": network.outage,
        **{f"error {kind}": network.error_reply(kind) for kind in network.ERRORS},
        "clients reset": network.front(None),
        "answers to clients lost": network.front(Mode.SWALLOW_REPLIES),
        "SCRIPT FLUSH": server.script_flush,
        "CLIENT KILL": server.client_kill,
        "CLIENT PAUSE": server.client_pause,
        "memory limit": server.memory_limit,
        "entry ahead": server.entry_ahead,
        "DELCONSUMER": server.delete_consumer,
        "status deleted": server.delete_status,
        "storm": storm,
        "silent dashboards": silent,
        "chattering dashboards": chatter,
    }
)


DIRECTED: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "taken over while stalled": processes.stall_until_taken_over,
        "two SIGTERM": processes.terminate_twice,
        "Redis gone for all": network.outage_of_all,
        "Redis gone for a web": network.outage_of_a_web,
        "outcome unheard": network.outcome_unheard,
        "group destroyed": server.destroy_group,
    }
)
"""What only a run strikes that names it: each is sure to provoke what chance rarely brings together."""
ALL: Final[Mapping[str, Fault]] = MappingProxyType({**CATALOGUE, **DIRECTED})


async def heal(world: World) -> None:
    """Whatever is still broken, because its fault was cut short."""
    for proxy in (*world.proxies.values(), *world.fronts.values()):
        proxy.heal()
    for process in world.all_processes():
        process.send(signal.SIGCONT)
        for point in Point:
            world.points(process.name).disarm(point)
    await world.insist(lambda: world.client.execute_command("CLIENT", "UNPAUSE"))
    await world.insist(lambda: world.client.config_set("maxmemory", 0))
