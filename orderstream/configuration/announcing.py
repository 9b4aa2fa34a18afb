"""Says that the configuration has changed: to workers by their beats, to web processes by a notice.

Either may be lost. The keeper compares SQL's version with Redis's, and web processes look by themselves.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

import structlog
from asgiref.sync import async_to_sync
from django.db import transaction

from orderstream import conf
from orderstream.access import notices
from orderstream.streams import figures
from orderstream.streams.connection import AWAY, StreamError, connect, explain
from orderstream.streams.lane import Lane

logger = structlog.get_logger(__name__)

# Whoever saves does not wait longer for a Redis that hangs.
PATIENCE_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Announcement:
    """What workers hear with each beat. The lease is told itself: it must change for all of them at once.

    `lease_ms` None: each as its environment says.
    """

    version: int
    lease_ms: int | None = None

    @classmethod
    def of(cls, version: int, lease: timedelta | None) -> Self:
        return cls(version, None if lease is None else lease // timedelta(milliseconds=1))


def after_commit(announcement: Announcement) -> None:
    """Whoever hears of it then finds the new rows in SQL."""
    transaction.on_commit(lambda: _tell_workers(announcement))
    notices.send(notices.ConfigurationChanged(type="configuration.changed"))


async def announced(lane: Lane) -> Announcement | None:
    """None: what is there is no announcement of ours."""
    version, lease = await lane.command("HMGET", lane.keys.control, "config_version", "lease_ms")
    if not all(text is None or text.isdecimal() for text in (version, lease)):
        return None
    return Announcement(int(version or 0), None if lease is None else int(lease))


async def announce(lane: Lane, announcement: Announcement) -> None:
    lease = announcement.lease_ms
    news = {"config_version": announcement.version, "lease_ms": "" if lease is None else lease}
    await figures.set_control(lane, news)


def _tell_workers(announcement: Announcement) -> None:
    try:
        async_to_sync(_announce)(announcement)
    except (*AWAY, StreamError) as error:
        logger.warning(
            "configuration not announced; the keeper does it",
            version=announcement.version,
            why=explain(error),
        )


async def _announce(announcement: Announcement) -> None:
    # Saved from any thread, whose event loop may end with this call: so a client of its own.
    where = conf.stream()
    client = connect(where.redis_url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await announce(Lane(client, where.keys), announcement)
    finally:
        await client.aclose()
