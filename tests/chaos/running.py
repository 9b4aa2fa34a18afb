"""One seed from its start to its verdict: a world, watchers, load and faults side by side, then quiet."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from orderstream.streams.connection import AWAY, StreamError
from orderstream.streams.ending import end
from tests.chaos import effects, facts, logs, schedule
from tests.chaos import world as worlds
from tests.chaos.checker import Verdict, check
from tests.chaos.clients import GIVE_UP_SECONDS, load
from tests.chaos.dashboards import Dashboards, watching
from tests.chaos.facts import Facts, Happening, Level, Rules, Watched
from tests.chaos.faults import ALL, CATALOGUE, heal
from tests.chaos.history import History, Kind, Phase
from tests.chaos.plan import Plan
from tests.chaos.samples import Samples, sampling
from tests.chaos.schedule import Struck
from tests.chaos.setup import ATTEMPTS, CONCURRENCY, LEASE_SECONDS, TIME_LIMIT_SECONDS, Setup
from tests.chaos.views import STATUSES
from tests.chaos.world import World
from tests.waiting import passed, wait_until

DASHBOARDS: Final = 20
LEAST_SPAN_SECONDS: Final = 15.0
SECONDS_A_FAULT: Final = 3.5
ORDERS_A_SECOND: Final = 25.0
QUIET_SECONDS: Final = 90.0
"""How long is waited for the last order. What took longer than I1 allows the checker tells by the events."""
PROGRESS_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 90.0
"""In a run that lasts: a lost worker is shown for a minute after its lease, then it leaves the group."""
LATE_LOOK_SECONDS: Final = 0.05
LATE_SECONDS: Final = 1.0
"""A beat is given up after 1.25 s, a quarter of the lease: later than that, workers lose a healthy server."""
HIT_SHARE: Final = 0.75
TROUBLE: Final = (*AWAY, StreamError)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """`only`: parts of the names of faults to choose from; empty: all but the directed ones. The rest is as
    it stands but for runs that last or are broken on purpose: `seconds`, over how long orders are placed and
    faults strike; `mix` and `variant` as the setup has them; how long is waited for what may never come."""

    seed: int = 1
    orders: int = 500
    faults: int = 15
    only: Sequence[str] = ()
    seconds: float | None = None
    attempts: int = ATTEMPTS
    mix: str = "usual"
    variant: str = ""
    give_up_seconds: float = GIVE_UP_SECONDS
    quiet_seconds: float = QUIET_SECONDS

    @property
    def span_seconds(self) -> float:
        if self.seconds is not None:
            return self.seconds
        return max(LEAST_SPAN_SECONDS, self.faults * SECONDS_A_FAULT, self.orders / ORDERS_A_SECOND)

    @property
    def names(self) -> list[str]:
        if not self.only:
            return list(CATALOGUE)
        return [name for name in ALL if any(part in name for part in self.only)]


@dataclass(slots=True)
class Run:
    """What a seed has come to. `quiet_after`: seconds from load and faults until nothing was left to do, None
    if it never came so far."""

    options: Options
    folder: Path
    verdict: Verdict
    struck: Sequence[Struck]
    seconds: float = 0.0
    quiet_after: float | None = 0.0
    late: float = 0.0
    """Seconds that our own loop was late at most; all that passed the proxies then was late, too."""

    @property
    def broken_faults(self) -> list[Struck]:
        """The kit's own failures: what they were to show was not shown."""
        return [each for each in self.struck if each.failure]

    @property
    def is_violated(self) -> bool:
        """By more than a busy machine may explain."""
        return any(not (each.is_of_time and self.is_late) for each in self.verdict.violations)

    @property
    def trouble(self) -> str:
        """Why this run proves nothing; empty when it does, or something was violated for certain."""
        if self.is_violated:
            return ""
        late = "" if self.verdict.is_good else "too busy a machine for what is about time"
        return self.missed or late

    @property
    def missed(self) -> str:
        """Why its faults have not provoked what they were to; empty when they have."""
        hits = sum(each.has_hit for each in self.struck)
        if self.broken_faults:
            return "a fault could not be done"
        if hits < len(self.struck) * HIT_SHARE:
            return f"only {hits} of {len(self.struck)} faults met something"
        return ""

    @property
    def is_late(self) -> bool:
        return self.late > LATE_SECONDS

    @property
    def is_good(self) -> bool:
        return self.verdict.is_good and not self.trouble


async def run(options: Options, folder: Path, say: Say) -> Run:
    """`folder`: an empty one, for all that the run writes."""
    began = time.monotonic()
    say(f"seed {options.seed}: {options.orders} orders, {options.faults} faults; all of it in {folder}")
    plan = Plan(options.seed, options.orders, options.span_seconds, options.mix)
    setup = Setup(options.seed, folder, attempts=options.attempts, mix=options.mix, variant=options.variant)
    async with worlds.running(setup) as world:
        await asyncio.to_thread(effects.prepare, world.database_url)
        say(f"seed {options.seed}: everybody is up after {time.monotonic() - began:.0f} s")
        history = History(folder)
        async with (
            watching(world, DASHBOARDS) as dashboards,
            sampling(world) as samples,
            progress(world, history, say) as stage,
        ):
            world.dashboards = dashboards
            before = await facts.level(world.lane)
            strikes = schedule.of(options.seed, options.names, options.faults, options.span_seconds)
            _, struck = await asyncio.gather(
                load(world, plan, history, options.give_up_seconds),
                schedule.keep(world, strikes, ALL, stage.struck),
            )
            await heal(world)
            stage.name = "quiet"
            quiet_after = await quiet(world, dashboards, options.quiet_seconds)
            found = await facts_of(world, dashboards, samples, struck, options)
            found = replace(found, is_quiet=quiet_after is not None)
            if options.seconds is not None:
                warm = samples.warm_connections(found.happenings)
                before = replace(before, connections=warm)
                found = replace(found, before=before, after=await settled(world, before))
        history.close()
    verdict = check(plan, history.lines, found)
    return Run(options, folder, verdict, struck, time.monotonic() - began, quiet_after, stage.latest)


async def quiet(world: World, dashboards: Dashboards, within: float) -> float | None:
    """Wait until nothing is left to be done and every dashboard has come back and been told something; how
    many seconds it took, None when that was longer. Only then do the 3 s of I11 begin."""
    began, heard = time.monotonic(), [view.messages for view in dashboards.views]

    async def is_quiet() -> bool:
        if not await world.are_ready() or await facts.unfinished(world):
            return False
        if any(view.messages == before for view, before in zip(dashboards.views, heard, strict=True)):
            return False
        lane = world.lane
        return not (await lane.client.xpending(lane.keys.stream, lane.group))["pending"]

    try:
        await wait_until(is_quiet, within, ignoring=TROUBLE)
    except AssertionError:
        return None
    return time.monotonic() - began


async def settled(world: World, before: Level) -> Level:
    """What is left of what comes and goes, once it is no more than it was, or SETTLE_SECONDS later."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        now = await facts.level(world.lane)
        is_back = all(n <= was for n, was in zip(astuple(now), astuple(before), strict=True))
        if is_back or time.monotonic() > end:
            return now
        await passed(0.5)


async def facts_of(
    world: World, dashboards: Dashboards, samples: Samples, struck: Sequence[Struck], options: Options
) -> Facts:
    """The dashboards are asked first: what they must show changes no more."""
    shown = (await facts.read(world)).truth
    converged = await dashboards.converged(shown)
    watched = Watched(
        len(dashboards.views), converged, dashboards.backwards, dashboards.unbalanced, dashboards.broken
    )
    return await facts.read(
        world,
        watched=watched,
        happenings=[_happening(each) for each in struck],
        processes=samples.processes,
        lifetimes=samples.lifetimes,
        looks=samples.looks,
        unbalanced=samples.unbalanced,
        astray=samples.astray,
        deaths=[death for each in world.all_processes() for death in each.deaths],
        breaches=[each.breach for each in struck if each.breach],
        traces=logs.traces(world.folder),
        rules=Rules(
            attempts=options.attempts,
            slots=worlds.WORKERS * CONCURRENCY,
            lease_ms=round(LEASE_SECONDS * 1000),
            time_limit_ms=round(TIME_LIMIT_SECONDS * 1000),
        ),
    )


def _happening(struck: Struck) -> Happening:
    times = (struck.began_at, struck.healed_at, struck.silent_seconds)
    return Happening(struck.name, *(round(seconds * 1000) for seconds in times))


@dataclass(slots=True)
class Stage:
    """What the progress line tells besides the figures."""

    say: Say
    name: str = "faults"
    faults: int = 0
    late: float = 0.0  # how late our own loop was at most since the last line: whatever passes here was, too
    latest: float = 0.0

    def struck(self, struck: Struck) -> None:
        self.faults += 1
        took = struck.healed_at - struck.began_at
        self.say(f"  {struck.name}: {struck.what or struck.failure} ({took:.1f} s)")

    async def watch(self) -> None:
        while True:
            due = time.monotonic() + LATE_LOOK_SECONDS
            await passed(LATE_LOOK_SECONDS)
            self.late = max(self.late, time.monotonic() - due)
            self.latest = max(self.latest, self.late)


@asynccontextmanager
async def progress(world: World, history: History, say: Say) -> AsyncIterator[Stage]:
    """A line every ten seconds."""
    stage, began = Stage(say), time.monotonic()

    async def tell() -> None:
        while True:
            await passed(PROGRESS_SECONDS)
            say(f"{time.monotonic() - began:4.0f} s {stage.name}: {await line(world, history, stage)}")
            stage.late = 0.0

    tasks = [asyncio.create_task(tell()), asyncio.create_task(stage.watch())]
    try:
        yield stage
    finally:
        await end(tasks)  # redis-py may swallow a cancellation
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error


async def line(world: World, history: History, stage: Stage) -> str:
    phases = Counter(each.phase for each in history.lines if each.kind in {Kind.PLACE, Kind.BATCH})
    said = f"{phases[Phase.OK]} calls answered, {phases[Phase.UNKNOWN]} unknown; {stage.faults} faults"
    try:
        async with asyncio.timeout(1):
            totals = await world.client.hgetall(world.lane.keys.totals)
    except (*TROUBLE, TimeoutError):
        return f"{said}; Redis is away"
    shares = ", ".join(f"{totals.get(name, 0)} {name}" for name in STATUSES)
    return f"{said}; {shares}; {stage.late * 1000:.0f} ms late, load {os.getloadavg()[0]:.0f}"
