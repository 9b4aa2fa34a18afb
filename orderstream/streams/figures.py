"""The figures of the whole: snapshot, group, workers, server, the oldest unfinished order."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import id_ms, interleaved, pairs
from orderstream.streams.lane import WAITING, Lane

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_FOR_EVER: Final = 2**53
_LOOKED_AT: Final = 20
UNREADABLE: Final = "unreadable"
"""In place of a status that cannot be read."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Totals and control at exactly `cursor`: a tail from there has no gap."""

    cursor: str
    totals: Mapping[str, int]
    control: Mapping[str, str]
    now_ms: int


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """`lag` None: unknown, never 0 instead (I7). `in_hand`: with workers; `waiting`: parked."""

    lag: int | None
    in_hand: int
    waiting: int
    pending_by_worker: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as it was last heard of. The details are empty one lease after its last beat."""

    name: str
    alive_until_ms: int
    is_alive: bool
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """`memory_limit` None: the server has none."""

    memory_used: int
    memory_limit: int | None
    clients: int
    commands_per_second: int
    round_trip_ms: float
    server: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    order_id: str
    status: str
    since_ms: int


async def snapshot(lane: Lane) -> Snapshot:
    cursor, totals, control, now = await lane.run("snapshot")
    counted = {name: int(value) for name, value in pairs(totals).items() if _INTEGER.fullmatch(value)}
    return Snapshot(cursor, counted, pairs(control), int(now))


async def set_control(lane: Lane, fields: Mapping[str, str | int]) -> None:
    """Write what beats pass on and steps look at, such as paused and full; an empty text removes a field."""
    gone = [name for name, value in fields.items() if value == ""]
    kept = {name: value for name, value in fields.items() if value != ""}
    if gone:
        await lane.command("HDEL", lane.keys.control, *gone)
    if kept:
        await lane.run("write_fields", keys=[lane.keys.control], args=interleaved(kept))


async def group_figures(lane: Lane) -> GroupFigures:
    """Raises GroupLost while there is no group."""
    stream, group = lane.keys.stream, lane.group
    lag = (await _group(lane)).get("lag")
    summary = await lane.command("XPENDING", stream, group)
    held = {c["name"]: int(c["pending"]) for c in summary["consumers"] or ()}
    waiting = held.pop(WAITING, 0)
    return GroupFigures(None if lag is None else int(lag), sum(held.values()), waiting, held)


async def workers(lane: Lane) -> list[WorkerRow]:
    """Every worker that is not retired, the lost ones too."""
    now = await lane.now_ms()
    alive_until = await scores(lane, lane.keys.workers)
    details = await lane.commands(
        (("HGETALL", lane.keys.worker(name)) for name in alive_until), errors_in_place=True
    )
    return [
        WorkerRow(name, until_ms, until_ms > now, {} if isinstance(row, Exception) else pairs(row))
        for (name, until_ms), row in zip(alive_until.items(), details, strict=True)
    ]


async def next_retry_at_ms(lane: Lane) -> int | None:
    first = await scores(lane, lane.keys.retry, 0)
    return next(iter(first.values()), None)


async def scores(lane: Lane, key: str, last: int = -1) -> dict[str, int]:
    """A sorted set as {member: score}, lowest first; all our scores are ms."""
    flat = await lane.command("ZRANGE", key, 0, last, "WITHSCORES")
    return {member: _ms(score) for member, score in pairs(flat).items()}


def _ms(score: str) -> int:
    """Somebody else's score may be a fraction or infinite; one such must not hide the others."""
    return int(max(-_FOR_EVER, min(float(score), _FOR_EVER)))


async def oldest_unfinished(lane: Lane) -> Unfinished | None:
    """The smallest id that is pending for somebody, or the first that nobody was handed yet."""
    stream, group = lane.keys.stream, lane.group
    order_id = (await lane.command("XPENDING", stream, group))["min"]
    if not order_id:
        last = (await _group(lane)).get("last-delivered-id", "0-0")
        rows = await lane.command("XRANGE", stream, f"({last}", "+", "COUNT", 1)
        if not rows:
            return None
        order_id = rows[0][0]
    [status] = await lane.commands([("HGET", lane.keys.status(order_id), "status")], errors_in_place=True)
    if isinstance(
        status, Exception
    ):  # a key of the wrong type: one broken order hides no figure of the others
        status = UNREADABLE
    return Unfinished(order_id, status or OrderStatus.PENDING.value, id_ms(order_id))


async def oldest_waiting_since_ms(lane: Lane) -> int | None:
    """When the first order was placed that nobody was handed yet; what was cancelled meanwhile waits no more.

    None where none of the next few waits.
    """
    last = (await _group(lane)).get("last-delivered-id", "0-0")
    rows = await lane.command("XRANGE", lane.keys.stream, f"({last}", "+", "COUNT", _LOOKED_AT)
    statuses = await lane.commands(
        (("HGET", lane.keys.status(order_id), "status") for order_id, _ in rows), errors_in_place=True
    )
    for (order_id, _), status in zip(rows, statuses, strict=True):
        if status == OrderStatus.PENDING.value:
            return id_ms(order_id)
    return None


async def _group(lane: Lane) -> dict[str, Any]:
    groups = [pairs(flat) for flat in await lane.command("XINFO", "GROUPS", lane.keys.stream)]
    return next((group for group in groups if group["name"] == lane.group), {})


async def server_figures(lane: Lane) -> ServerFigures:
    start = time.monotonic()
    await lane.client.ping()
    took = time.monotonic() - start
    info: dict[str, Any] = await lane.client.info()
    return ServerFigures(
        memory_used=int(info["used_memory"]),
        memory_limit=int(info["maxmemory"]) or None,
        clients=int(info["connected_clients"]),
        commands_per_second=int(info["instantaneous_ops_per_sec"]),
        round_trip_ms=took * 1000,
        server=f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}",
    )
