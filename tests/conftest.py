"""Servers, a namespace for each test, and a check that nothing is left outside of it."""

import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests import prepared
from tests.database import put_back, rows_of
from tests.servers import debian_redis_binary, running, valkey_binary


def pytest_configure(config: pytest.Config) -> None:
    prepared.share(config)
    # Where the tests run in the background Ctrl-C may be ignored, and with it by all that they start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The embedded server's binary, for this test process alone."""
    with running(valkey_binary()) as url:
        yield url


@pytest.fixture(scope="session")
def debian_redis_url() -> Iterator[str]:
    with running(debian_redis_binary()) as url:
        yield url


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """The server of this test; tests/streams asks both."""
    return valkey_url


@pytest.fixture(autouse=True, scope="session")
def _django_uses_the_test_server(valkey_url: str) -> None:
    settings.REDIS_URL = valkey_url
    settings.REDIS_IS_NAMED = True
    settings.CACHES["default"]["LOCATION"] = valkey_url
    settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]["address"] = valkey_url


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """A hash takes 0.25 s on purpose. Processes that tests start have that of the settings."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Puts what the migrations wrote back row by row; Django would save each object through its model."""
    with django_db_blocker.unblock():
        written = rows_of(connection)
    creation: Any = connection.creation
    creation.deserialize_db_from_string = lambda _: put_back(connection, written)


@pytest.fixture(autouse=True)
def namespace(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stands in front of every key of this test; afterwards nothing of ours may be outside of it."""
    tag = f"test-{uuid.uuid4().hex[:12]}:"
    monkeypatch.setattr(settings, "ORDERSTREAM_KEY_PREFIX", tag)
    yield tag
    with SyncRedis.from_url(redis_url, decode_responses=True) as client:
        leaked = list(client.scan_iter("order*"))
        ours = list(client.scan_iter(f"{tag}*", count=1000))
        for key in [*leaked, *ours]:
            client.unlink(key)
    assert not leaked, f"keys outside of the namespace: {leaked}"


@pytest.fixture
def keys(namespace: str) -> Keys:
    return Keys.namespaced(namespace)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    client = connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def lane(client: Redis, keys: Keys) -> Lane:
    """An empty lane with its group."""
    lane = Lane(client, keys)
    await lane.ensure_group()
    return lane
