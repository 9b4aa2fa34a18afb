"""An order as Redis holds it: the commands that show it, and the replies, as redis-cli prints them."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from orderstream.streams.histories import History
from orderstream.streams.lane import Lane
from orderstream.streams.verbatim import Said, ask

EVENTS_MOST: Final = 20


async def held(lane: Lane, holds: str, order_id: str, status: str, history: History) -> Sequence[Said]:
    """`holds` is one of order_query.HOLDS."""
    return await ask(lane, _commands(lane, holds, order_id, status, history))


def remark_of(holds: str, history: History) -> str:
    """What of it is not shown."""
    number = len(history.records)
    if holds != "events" or number <= EVENTS_MOST:
        return ""
    return _("The newest %(shown)s of %(all)s events.") % {"shown": EVENTS_MOST, "all": number}


def _commands(
    lane: Lane, holds: str, order_id: str, status: str, history: History
) -> list[tuple[str | int, ...]]:
    keys = lane.keys
    match holds:
        case "entry":
            return [("XRANGE", keys.stream, order_id, order_id)]
        case "events":
            # One by one: between two of its events stand those of others.
            newest = history.records[: -EVENTS_MOST - 1 : -1]
            return [("XRANGE", keys.events, record.id, record.id) for record in newest]
        case "pending":
            commands: list[tuple[str | int, ...]] = [
                ("XPENDING", keys.stream, lane.group, order_id, order_id, 1)
            ]
            index = {"pending": keys.retry, "retrying": keys.retry, "failed": keys.failed}.get(status)
            return [*commands, ("ZSCORE", index, order_id)] if index else commands
    return [("HGETALL", keys.status(order_id))]
