"""Whether this process lives (/healthz), and whether it can do its work (/readyz)."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from asgiref.sync import sync_to_async
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orderstream import conf
from orderstream.streams.connection import AWAY, StreamError

PATIENCE_SECONDS: Final = 3
_known_migrated: set[str] = set()


@never_cache
@require_safe
async def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@never_cache
@require_safe
async def ready(request: HttpRequest) -> JsonResponse:
    """200 only if Redis and the database answer and no migration is missing; says which, and nothing more."""
    redis, database = await asyncio.gather(_redis(), _database())
    is_ready = redis == database == "ok"
    found = {"status": "ready" if is_ready else "not ready", "redis": redis, "database": database}
    return JsonResponse(found, status=200 if is_ready else 503)


async def _redis() -> str:
    return await _in_time(_ping())


async def _database() -> str:
    return await _in_time(sync_to_async(_migrated)())


async def _in_time(question: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await question
    except (TimeoutError, Error, StreamError, *AWAY):
        return "away"


async def _ping() -> str:
    await conf.lane().now_ms()
    return "ok"


def _migrated() -> str:
    """What was applied stays applied, and this process knows no newer migrations: so that is asked once."""
    if connection.alias not in _known_migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations missing"
        _known_migrated.add(connection.alias)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"
