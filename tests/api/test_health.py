"""/healthz and /readyz: what runs us asks them over plain http, without credentials."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient
from pytest_django import Settings

from orderstream.api import health

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def test_a_process_that_answers_is_live() -> None:
    answer = await AsyncClient().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_it_is_ready_with_redis_and_a_migrated_database() -> None:
    answer = await AsyncClient().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "redis": "ok", "database": "ok"}


async def test_without_redis_it_is_not_ready_and_says_so(settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    answer = await AsyncClient().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "redis": "away", "database": "ok"}


def test_with_a_migration_missing_it_is_not_ready_and_says_so() -> None:
    [newest] = MigrationLoader(connection).graph.leaf_nodes("orderstream")
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied(*newest)
    health._known_migrated.clear()
    try:
        answer = async_to_sync(AsyncClient().get)("/readyz")
    finally:
        recorder.record_applied(*newest)
    assert answer.status_code == 503
    assert answer.json()["database"] == "migrations missing"


async def test_whoever_runs_us_may_ask_over_plain_http(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert (await AsyncClient().get("/healthz")).status_code == 200
    assert (await AsyncClient().get("/readyz")).status_code == 200
    assert (await AsyncClient().get("/sign-in/")).status_code == 301


def test_without_the_database_it_is_not_ready_and_says_so() -> None:
    program = "import asyncio; from orderstream.api import health; print(asyncio.run(health._database()))"
    ended = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", program],
        env=os.environ | {"DATABASE_URL": "sqlite:////nowhere/orders.sqlite3"},
        cwd=Path(__file__).resolve().parent.parent.parent,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ended.stdout.strip() == "away", ended.stderr
