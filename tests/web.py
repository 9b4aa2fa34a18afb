"""What tests of the web process share: no redirect to https, and nothing left open afterwards."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from channels.layers import channel_layers, get_channel_layer
from django.core.cache import caches
from django.test import AsyncClient
from pytest_django import Settings

from orderstream import conf
from orderstream.access import keys, listener
from orderstream.configuration import following
from orderstream.configuration.values import Stored


@pytest.fixture(autouse=True)
def _plain_http(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture(autouse=True, scope="session")
def _cache_of_the_test_server(_django_uses_the_test_server: None) -> None:
    """Django's checks, before the first test, may have opened it with the address of the settings."""
    with contextlib.suppress(AttributeError):
        del caches["default"]


@pytest.fixture(autouse=True)
async def _nothing_left_open() -> AsyncIterator[None]:
    keys.forget()
    conf.know(Stored())
    yield
    await close_all()


class Visitor(AsyncClient):
    """Somebody at an address."""

    def __init__(self, address: str, **given: Any) -> None:
        super().__init__(**given)
        self.address = address

    def _base_scope(self, **request: Any) -> dict[str, Any]:
        scope: dict[str, Any] = super()._base_scope(**request)
        return scope | {"client": [self.address, 4711]}


async def close_all() -> None:
    """What the running event loop has open."""
    await listener.stop_listening()
    await following.stop_following()
    await conf.close_lanes()
    await get_channel_layer().close_pools()
    # Its locks belong to the event loop that first waited for them.
    channel_layers.backends.clear()
