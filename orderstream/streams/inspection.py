"""Looks at the streams as an operator would with XINFO: their figures, groups and consumers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from orderstream.streams.codec import id_ms, pairs
from orderstream.streams.connection import GroupLost
from orderstream.streams.figures import scores
from orderstream.streams.lag import Lag, Lags
from orderstream.streams.lane import WAITING, Lane
from orderstream.streams.metrics import Sample, latest

# Nodes of the stream's tree that MEMORY USAGE weighs; 0 would weigh all of them.
_MEMORY_SAMPLES: Final = 20
_RATED_SAMPLES: Final = 10  # about as many seconds
_FRESH_MS: Final = timedelta(seconds=15) // timedelta(milliseconds=1)
# XINFO CONSUMERS has no pages; a group with more is a fault of somebody else's, and is only counted.
CONSUMERS_MAX: Final = 2_000
GROUPS_MAX: Final = 50

ConsumerState = Literal["alive", "lost", "waiting", "foreign"]


class StreamName(StrEnum):
    """The streams that can be looked at, as pages and API call them."""

    ORDERS = "orders"
    EVENTS = "events"
    METRICS = "metrics"

    def key(self, lane: Lane) -> str:
        keys = lane.keys
        return {"orders": keys.stream, "events": keys.events, "metrics": keys.metrics}[self]


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """One stream. `added`: entries ever written. None is unknown, or that there is no entry."""

    key: str
    length: int
    added: int
    first_id: str | None
    last_id: str | None
    memory_bytes: int | None
    written_per_second: float | None
    groups: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One consumer group, ours or somebody else's. `entries_read` None: the server does not know."""

    name: str
    consumers: int
    pending: int
    last_delivered_id: str
    entries_read: int | None
    lag: Lag
    oldest_pending_id: str | None


@dataclass(frozen=True, slots=True)
class Consumer:
    """One name in a group. `idle_ms` since it last asked, `inactive_ms` since it last got something (not
    before Redis 7.2). A state is judged by the beat alone: a bored consumer's idle time grows too."""

    name: str
    pending: int
    idle_ms: int
    inactive_ms: int | None
    state: ConsumerState


@dataclass(frozen=True, slots=True)
class Consumers:
    """`left_out`: how many more there are."""

    shown: Sequence[Consumer]
    left_out: int = 0


class NoSuchGroup(LookupError):  # noqa: N818 names the finding
    """A group was asked for that is not there; `known` are."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(", ".join(known))
        self.known = known


async def stream_figures(lane: Lane, name: StreamName) -> StreamFigures:
    """Zeros where nothing was ever written."""
    key = name.key(lane)
    about, memory = await lane.commands(
        [("XINFO", "STREAM", key), ("MEMORY", "USAGE", key, "SAMPLES", _MEMORY_SAMPLES)], errors_in_place=True
    )
    now_ms = await lane.now_ms()
    known = _known(about)
    first, last = known.get("first-entry"), known.get("last-entry")
    return StreamFigures(
        key=key,
        length=int(known.get("length", 0)),
        added=int(known.get("entries-added", 0)),
        first_id=first[0] if first else None,
        last_id=last[0] if last else None,
        # Managed servers forbid MEMORY; then it is unknown, and the rest is shown.
        memory_bytes=memory if isinstance(memory, int) else None,
        written_per_second=written_per_second(await latest(lane, _RATED_SAMPLES), name, now_ms),
        groups=int(known.get("groups", 0)),
        now_ms=now_ms,
    )


def written_per_second(samples: Sequence[Sample], name: StreamName, now_ms: int) -> float | None:
    """Over the samples of the last seconds, oldest first; None while the keeper is away."""
    fresh = [sample for sample in samples if now_ms - sample.at_ms < _FRESH_MS]
    if len(fresh) < 2 or fresh[-1].at_ms <= fresh[0].at_ms:
        return None
    seconds = (fresh[-1].at_ms - fresh[0].at_ms) / 1000
    if name is StreamName.METRICS:
        return (len(fresh) - 1) / seconds
    counts = [sample.figures.get(f"{name}_written") for sample in (fresh[0], fresh[-1])]
    if counts[0] is None or counts[1] is None or counts[1] < counts[0]:
        return None
    return (counts[1] - counts[0]) / seconds


async def written(lane: Lane) -> dict[str, int]:
    """How many entries were ever written to each stream, for the keeper's samples; by the samples' names."""
    names = (StreamName.ORDERS, StreamName.EVENTS)
    about = await lane.commands((("XINFO", "STREAM", name.key(lane)) for name in names), errors_in_place=True)
    known = zip(names, map(_known, about), strict=True)
    return {f"{name}_written": int(row["entries-added"]) for name, row in known if "entries-added" in row}


async def groups(lane: Lane, name: StreamName, lags: Lags) -> list[GroupFigures]:
    """At most GROUPS_MAX, the first ones by name; empty while there is no stream."""
    key = name.key(lane)
    try:
        # At one moment: between the two a batch could be placed, and a lag would be wrong by it.
        about, listed = await lane.commands([("XINFO", "STREAM", key), ("XINFO", "GROUPS", key)], atomic=True)
    except GroupLost:
        return []
    rows = [pairs(flat) for flat in listed][:GROUPS_MAX]
    end = str(pairs(about)["last-generated-id"])
    summaries = await lane.commands((("XPENDING", key, row["name"]) for row in rows), errors_in_place=True)
    found = []
    for row, summary in zip(rows, summaries, strict=True):
        entries_read = row.get("entries-read")
        found.append(
            GroupFigures(
                name=row["name"],
                consumers=int(row["consumers"]),
                pending=int(row["pending"]),
                last_delivered_id=row["last-delivered-id"],
                entries_read=None if entries_read is None else int(entries_read),
                lag=await lags.of(lane, key, row, end),
                oldest_pending_id=summary["min"] or None if isinstance(summary, Mapping) else None,
            )
        )
    return found


async def group_names(lane: Lane, name: StreamName) -> dict[str, int]:
    """Every group with how many consumers it has."""
    try:
        listed = await lane.command("XINFO", "GROUPS", name.key(lane))
    except GroupLost:
        return {}
    return {row["name"]: int(row["consumers"]) for row in map(pairs, listed)}


async def consumers(lane: Lane, name: StreamName, group: str) -> Consumers:
    """Those with the most pending first. NoSuchGroup; too many to list are only counted."""
    known = await group_names(lane, name)
    if group not in known:
        raise NoSuchGroup(list(known))
    if known[group] > CONSUMERS_MAX:
        return Consumers((), known[group])
    now_ms = await lane.now_ms()
    alive_until = await scores(lane, lane.keys.workers)
    listed = map(pairs, await lane.command("XINFO", "CONSUMERS", name.key(lane), group))
    rows = [_consumer(row, alive_until, now_ms) for row in listed]
    return Consumers(sorted(rows, key=lambda row: (-row.pending, row.name)))


def oldest_pending_ms(group: GroupFigures) -> int | None:
    """When the oldest entry that is pending was written."""
    return id_ms(group.oldest_pending_id) if group.oldest_pending_id else None


def _consumer(row: Mapping[str, Any], alive_until: Mapping[str, int], now_ms: int) -> Consumer:
    name = row["name"]
    inactive = row.get("inactive")
    return Consumer(
        name=name,
        pending=int(row["pending"]),
        idle_ms=int(row["idle"]),
        # -1: it never got anything.
        inactive_ms=None if inactive is None or int(inactive) < 0 else int(inactive),
        state=_state(name, alive_until.get(name), now_ms),
    )


def _state(name: str, alive_until_ms: int | None, now_ms: int) -> ConsumerState:
    if name == WAITING:
        return "waiting"
    if alive_until_ms is None:
        return "foreign"
    return "alive" if alive_until_ms > now_ms else "lost"


def _known(about: Any) -> dict[str, Any]:
    """What XINFO STREAM says; nothing where there is no stream."""
    return {} if isinstance(about, Exception) else pairs(about)
