"""All that is true in the end of a run, read beside the product: by plain commands, from SQL and files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from orderstream.streams.codec import pairs
from orderstream.streams.lane import WAITING, Lane
from tests.chaos import effects, executions
from tests.chaos.executions import Execution
from tests.chaos.processes import Death
from tests.chaos.views import Truth

PAGE: Final = 2_000
READ_TIMES: Final = 5
"""Attempts to read everything while nothing moves."""
BESIDE: Final = frozenset({"silent dashboards", "chattering dashboards"})
"""Faults that are nothing to an order."""
UNFINISHED: Final = ["pending", "processing", "retrying"]
OF_EVERY_EVENT: Final = ("type", "order_id", "version", "from", "to", "at", "actor")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the world was set up with, in ms where it is a time; `slots`: of all workers together."""

    attempts: int = 40
    slots: int = 32
    lease_ms: int = 5_000
    sweep_ms: int = 1_000
    backoff_ms: int = 1_000
    time_limit_ms: int = 3_000


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log of events, as it stands there."""

    id: str
    type: str
    order_id: str
    version: int
    source: str
    target: str
    at_ms: int
    actor: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """A fault, from when to when. `kind` is its name in the catalogue. `silent_ms`: for so long, up to its
    end, nobody at all reached the server."""

    kind: str
    began_ms: int
    healed_ms: int
    silent_ms: int = 0


@dataclass(frozen=True, slots=True)
class Breach:
    """What a fault itself saw broken: the invariant, whose it was, and in words."""

    invariant: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What dashboards saw: how many there were, and how many were equal to the truth in the end. `broken`:
    sockets that a web process closed for an error of its own."""

    dashboards: int = 0
    converged: int = 0
    backwards: Sequence[str] = ()
    unbalanced: Sequence[str] = ()
    broken: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Looks:
    """How often it was looked on the way, over so many seconds: at totals, and of these at what is astray."""

    seconds: float = 0.0
    totals: int = 0
    astray: int = 0


@dataclass(frozen=True, slots=True)
class Astray:
    """Unfinished orders that were neither undelivered nor pending for anybody, seen at once. `after_ms`: when
    there was none yet."""

    after_ms: int
    at_ms: int
    orders: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one process: its most resident bytes in any incarnation; open files of the last, first and now."""

    resident: int
    files_before: int = 0
    files_after: int = 0


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One incarnation of a process: when it was first seen, and its resident bytes by seconds since then."""

    name: str
    began_ms: int
    resident: Sequence[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Level:
    """How much there is of what comes and goes: entries in the pending list and in the index of retries,
    workers that are consumers of the group, workers in the register, connections to the server."""

    pending: int
    retrying: int
    consumers: int
    workers: int
    connections: int


@dataclass(frozen=True, slots=True)
class Facts:
    """`pending`: consumer by id. `lag`: as the server counts it, None where it cannot. `unbalanced`:
    snapshots of the totals that did not add up on the way. `is_quiet`: nothing was left to do when all of it
    was read, `is_still`: nothing moved meanwhile. `traces`: those in the logs that nobody had planned, each
    as `process: line that it belongs to`."""

    events: Sequence[Event] = ()
    hashes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)
    retry: Sequence[str] = ()
    failed: Sequence[str] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    lag: int | None = 0
    effects: Mapping[str, int] = field(default_factory=dict)
    executions: Sequence[Execution] = ()
    happenings: Sequence[Happening] = ()
    watched: Watched = field(default_factory=Watched)
    processes: Mapping[str, Measured] = field(default_factory=dict)
    lifetimes: Sequence[Lifetime] = ()
    before: Level | None = None
    after: Level | None = None
    looks: Looks = field(default_factory=Looks)
    unbalanced: Sequence[str] = ()
    astray: Sequence[Astray] = ()
    is_quiet: bool = True
    is_still: bool = True
    deaths: Sequence[Death] = ()
    breaches: Sequence[Breach] = ()
    traces: Sequence[str] = ()
    rules: Rules = field(default_factory=Rules)

    def healed_ms(self, begin_ms: int, end_ms: int) -> int:
        """When the last fault was over of those that struck in this while; its begin when there was none."""
        struck = (
            each.healed_ms
            for each in self.happenings
            if each.began_ms <= end_ms and begin_ms < each.healed_ms and each.kind not in BESIDE
        )
        return max(struck, default=begin_ms)

    @property
    def truth(self) -> Truth:
        return Truth.of(self.hashes, self.totals, self.lag)


async def level(lane: Lane) -> Level:
    keys = lane.keys
    words = [
        ("XPENDING", keys.stream, lane.group),
        ("ZCARD", keys.retry),
        ("XINFO", "CONSUMERS", keys.stream, lane.group),
        ("ZCARD", keys.workers),
        ("INFO", "clients"),
    ]
    pending, retrying, consumers, workers, clients = await lane.commands(words)
    names = [pairs(flat)["name"] for flat in consumers]
    return Level(
        pending=pending["pending"],
        retrying=retrying,
        consumers=sum(name != WAITING for name in names),
        workers=workers,
        connections=int(clients["connected_clients"]),
    )


class World(Protocol):
    @property
    def folder(self) -> Path: ...
    @property
    def database_url(self) -> str: ...
    @property
    def lane(self) -> Lane:
        """Without a proxy between."""


async def read(world: World, **more: Any) -> Facts:
    """As in one moment: again when something moved meanwhile. `more`: what others hold, by names of Facts."""
    for _ in range(READ_TIMES):
        before = await _last_event(world.lane)
        found = await _read(world, more)
        if await _last_event(world.lane) == before:
            return found
    return replace(found, is_still=False)


async def _last_event(lane: Lane) -> str:
    rows = await lane.client.xrevrange(lane.keys.events, count=1)
    return rows[0][0] if rows else ""


async def _read(world: World, more: Mapping[str, Any]) -> Facts:
    lane, keys = world.lane, world.lane.keys
    entries = {row[0]: dict(row[1]) for row in await _all(lane, keys.stream)}
    events = [_event(row[0], dict(row[1])) for row in await _all(lane, keys.events)]
    ids = list(dict.fromkeys([*entries, *(event.order_id for event in events)]))
    stored = await lane.commands([("HGETALL", keys.status(i)) for i in ids])
    pending = await lane.client.xpending_range(keys.stream, lane.group, "-", "+", 100_000)
    groups = await lane.client.xinfo_groups(keys.stream)
    return Facts(
        events=events,
        hashes={i: hash_ for i, hash_ in zip(ids, stored, strict=True) if hash_},
        entries=entries,
        pending={row["message_id"]: row["consumer"] for row in pending},
        retry=await lane.client.zrange(keys.retry, 0, -1),
        failed=await lane.client.zrange(keys.failed, 0, -1),
        totals={name: int(value) for name, value in (await lane.client.hgetall(keys.totals)).items()},
        lag=next((row["lag"] for row in groups if row["name"] == lane.group), None),
        effects=effects.read(world.database_url),
        executions=executions.read(world.folder),
        **more,
    )


async def unfinished(world: World) -> int:
    """Orders that have not come to an end yet, those that nobody was handed or knows of among them."""
    lane, keys = world.lane, world.lane.keys
    # Asked often: the stream is looked through only when the totals know of none.
    if known := sum(int(n or 0) for n in await lane.client.hmget(keys.totals, UNFINISHED)):
        return known
    ids = [row[0] for row in await _all(lane, keys.stream)]
    statuses = Counter(await lane.commands([("HGET", keys.status(i), "status") for i in ids]))
    return sum(
        count for status, count in statuses.items() if status not in {"completed", "failed", "cancelled"}
    )


async def _all(lane: Lane, key: str) -> list[Any]:
    return [row async for row in _pages(lane, key)]


async def _pages(lane: Lane, key: str) -> Any:
    start = "-"
    while rows := await lane.client.xrange(key, start, "+", PAGE):
        for row in rows:
            yield row
        start = f"({rows[-1][0]}"


def _event(event_id: str, fields: dict[str, str]) -> Event:
    kind, order_id, version, source, target, at, actor = (fields.pop(name) for name in OF_EVERY_EVENT)
    return Event(event_id, kind, order_id, int(version), source, target, int(at), actor, fields)


def by_order(events: Sequence[Event]) -> dict[str, list[Event]]:
    """Each order's events in the order of the log."""
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.order_id, []).append(event)
    return found


def gaps(history: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """Each event with the one that followed it."""
    return pairwise(history)
