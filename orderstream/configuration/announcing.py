"""Says that the configuration has changed: to workers by a version in Redis, to web processes by a notice.

Either may be lost. The keeper compares SQL's version with Redis's, and web processes look by themselves.
"""

import asyncio
from typing import Final

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


def after_commit(version: int) -> None:
    """Whoever hears of it then finds the new rows in SQL."""
    transaction.on_commit(lambda: _tell_workers(version))
    notices.send(notices.ConfigurationChanged(type="configuration.changed"))


async def announced(lane: Lane) -> int:
    """The version that workers hear with each beat."""
    text = await lane.command("HGET", lane.keys.control, "config_version")
    return int(text) if text and text.isdecimal() else 0


async def announce(lane: Lane, version: int) -> None:
    await figures.set_control(lane, {"config_version": version})


def _tell_workers(version: int) -> None:
    try:
        async_to_sync(_announce)(version)
    except (*AWAY, StreamError) as error:
        logger.warning("configuration not announced; the keeper does it", version=version, why=explain(error))


async def _announce(version: int) -> None:
    # Saved from any thread, whose event loop may end with this call: so a client of its own.
    where = conf.stream()
    client = connect(where.redis_url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await announce(Lane(client, where.keys), version)
    finally:
        await client.aclose()
