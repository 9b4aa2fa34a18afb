"""What can be done to a house of orders past the steps, one damage at a time, and what is then reported."""

from collections.abc import Awaitable, Callable
from typing import Any

from orderstream.streams.auditing.reports import Report
from orderstream.streams.codec import interleaved
from orderstream.streams.events_log import events_of
from tests.streams.auditing import House, audit_of, audited

Damage = Callable[[House], Awaitable[Any]]


async def report_of(house: House, bound_ms: int | None = None) -> Report:
    bound = {} if bound_ms is None else {"bound_ms": bound_ms}
    return await audited(audit_of(house.scene, **bound))


def status_key(house: House, name: str) -> str:
    return house.scene.lane.keys.status(house[name])


def hset(name: str, field: str, value: str) -> Damage:
    return lambda h: h.scene.lane.command("HSET", status_key(h, name), field, value)


def hdel(name: str, field: str) -> Damage:
    return lambda h: h.scene.lane.command("HDEL", status_key(h, name), field)


def delete(name: str) -> Damage:
    return lambda h: h.scene.lane.command("DEL", status_key(h, name))


def xdel(name: str) -> Damage:
    return lambda h: h.scene.lane.command("XDEL", h.scene.lane.keys.stream, h[name])


def zrem(index: str, name: str) -> Damage:
    return lambda h: h.scene.lane.command("ZREM", getattr(h.scene.lane.keys, index), h[name])


def zadd(index: str, name: str) -> Damage:
    return lambda h: h.scene.lane.command("ZADD", getattr(h.scene.lane.keys, index), 5, h[name])


def lose_event(name: str, version: int) -> Damage:
    async def damage(house: House) -> None:
        lane = house.scene.lane
        event = (await events_of(lane, house[name]))[version - 1]
        assert await lane.command("XDEL", lane.keys.events, event.id) == 1

    return damage


def forge(name: str, kind: str, version: int, source: str, target: str, **fields: str) -> Damage:
    """An event that no step wrote."""

    async def damage(house: House) -> None:
        said = {"type": f"order.{kind}", "order_id": house[name], "version": version, "from": source}
        said |= {"to": target, "at": house.scene.clock.now_ms, "actor": "worker:ann"} | fields
        await house.scene.lane.command("XADD", house.scene.lane.keys.events, "*", *interleaved(said))

    return damage


async def become_a_text(house: House) -> None:
    lane, key = house.scene.lane, status_key(house, "completed")
    await lane.command("DEL", key)
    await lane.command("SET", key, "x")


async def force_pending(house: House, name: str, consumer: str) -> None:
    keys, group = house.scene.lane.keys, house.scene.lane.group
    await house.scene.lane.command("XCLAIM", keys.stream, group, consumer, 0, house[name], "FORCE", "JUSTID")


async def lose_both(house: House) -> None:
    await delete("processing")(house)
    await xdel("processing")(house)
