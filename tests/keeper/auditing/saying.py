"""What the keeper's audit says at last, and damage for it to find."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from orderstream.streams import verdicts
from orderstream.streams.codec import interleaved
from orderstream.streams.lane import Lane
from orderstream.streams.verdicts import Verdict
from tests.streams.auditing import House
from tests.waiting import wait_until
from workers.keeper.auditing import Auditing
from workers.keeper.keeper import Term

NO_REST: Final = timedelta()
LONG_REST: Final = timedelta(hours=1)


async def said(duty: Auditing, lane: Lane, is_so: Callable[[Verdict], object], fence: int = 1) -> Verdict:
    """Turns until the verdict is like that; what boards and programs read is the same."""

    async def turned() -> bool:
        await duty.turn(Term(lane, fence))
        return duty.verdict is not None and bool(is_so(duty.verdict))

    await wait_until(turned)
    assert duty.verdict is not None
    assert await verdicts.read(lane) == duty.verdict
    return duty.verdict


def is_clean(verdict: Verdict) -> bool:
    return verdict.is_clean


async def delete(house: House) -> str:
    await house.scene.lane.command("DEL", house.scene.lane.keys.status(house["completed"]))
    return house["completed"]


async def forge(house: House) -> str:
    await house.scene.lane.command("HSET", house.scene.lane.keys.status(house["failed"]), "attempt", 7)
    return house["failed"]


async def drift(house: House) -> str:
    await house.scene.lane.command("HINCRBY", house.scene.lane.keys.totals, "completed", 5)
    return ""


async def double(house: House) -> str:
    """It is said to be completed once more."""
    lane, order_id = house.scene.lane, house["completed"]
    event: dict[str, str | int] = {"type": "order.completed", "order_id": order_id, "version": 4}
    event |= {"from": "completed", "to": "completed", "at": 5, "actor": "worker:bob", "processing_time": 3}
    await lane.command("XADD", lane.keys.events, "*", *interleaved(event))
    return order_id
