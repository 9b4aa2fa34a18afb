"""The look at the server that each process takes once, when it answers first; an unfit one ends it."""

import asyncio
import time
from typing import Final

import structlog
from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.checkup.examining import clock, harmless_uses, said_by, tried
from orderstream.checkup.findings import Finding, Level
from orderstream.checkup.judging import judge
from orderstream.streams.causes import Cause
from orderstream.streams.connection import AWAY, GroupLost, StreamError, explain
from orderstream.streams.lane import Lane

log = structlog.get_logger(__name__)

# A server that takes longer counts as away, and the start goes on.
PATIENCE_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 1.0
# A setting or a right: without a person it stays so. "" stands for what the server says of itself.
LASTING: Final = frozenset({"", Cause.FORBIDDEN, Cause.CLUSTER, Cause.COMMAND_REFUSED})
NOT_THERE: Final = frozenset({Cause.LOADING, Cause.READ_ONLY, Cause.TIMED_OUT, Cause.CLOSED, Cause.REFUSED})
# Of its warnings. `check_redis` has more, such as on memory, that cost no order.
COSTLY: Final = frozenset(
    {"server", "eviction", "disk", "persistence", "replicas", "isolation", "group", "clock", "scripts"}
)


class NotThere(Exception):  # noqa: N818 a state, not a fault
    """The server does not answer yet, or not as a primary."""


async def refusal(lane: Lane, *, is_first: bool = True) -> str | None:
    """Why this process may not start, "" where it may; None: nobody answers yet, so that it is not known.

    That is said at the first look; a replica or a wrong password would be waited for without a word."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            findings = await _look(lane)
    except (*AWAY, StreamError, GroupLost, NotThere) as error:
        why = str(error) if isinstance(error, NotThere) else explain(error)
        say = log.warning if is_first else log.debug
        say("the server cannot be looked at yet; asking again until it answers", why=why)
        return None
    refused = [each for each in findings if _refuses(each)]
    for each in findings:
        if each.level is not Level.FINE and each.check in COSTLY and each not in refused:
            log.warning("the server may cost orders", check=each.check, what=each.what, remedy=each.remedy)
    sentences = "\n".join(f"- {each.what} {each.remedy}" for each in refused)
    return sentences and _("OrderStream cannot start:") + f"\n{sentences}"


def _refuses(finding: Finding) -> bool:
    # Without a look at the group nothing is lost: whoever works makes it at the beginning.
    return finding.level is Level.FAILURE and finding.cause in LASTING and finding.check != "group"


async def refusal_once_it_answers(lane: Lane) -> str:
    """The same, however long that takes."""
    while True:
        text = await refusal(lane, is_first=False)
        if text is not None:
            return text
        await asyncio.sleep(PAUSE_SECONDS)


async def _look(lane: Lane) -> list[Finding]:
    began = time.perf_counter()
    await lane.client.ping()
    trip_ms = (time.perf_counter() - began) * 1000
    findings = [finding async for finding in tried(lane, harmless_uses(lane))]
    findings += [await clock(lane, trip_ms), *judge(await said_by(lane), conf.durability())]
    for each in findings:
        # A replica, too: it may be in the midst of a failover, and who works waits for it likewise.
        if each.cause in NOT_THERE:
            raise NotThere(each.what)
    return findings
