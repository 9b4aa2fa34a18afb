"""Sessions with Redis, without it, and after it was away."""

import asyncio
from contextvars import Context
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache, caches
from django.test import AsyncClient, Client
from pytest_django import Settings
from redis.asyncio import Redis

from orderstream.access.cache import LONGEST, ForgivingRedisCache
from tests.access import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def away() -> ForgivingRedisCache:
    options = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return ForgivingRedisCache("redis://localhost:1/0", {"OPTIONS": options})


@pytest.fixture
def _redis_is_away(settings: Settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1/0"}}


def test_what_is_put_in_comes_out() -> None:
    cache.set("test-cache", {"_auth_user_id": "1"}, 30)
    try:
        assert cache.get("test-cache") == {"_auth_user_id": "1"}
        assert cache.has_key("test-cache")
    finally:
        cache.delete("test-cache")
    assert cache.get("test-cache", "gone") == "gone"


def test_an_unreachable_server_is_a_miss(away: ForgivingRedisCache) -> None:
    assert away.get("a", "default") == "default"
    assert away.get_many(["a"]) == {}
    assert away.add("a", 1)
    assert not away.has_key("a")
    assert not away.delete("a")
    assert not away.touch("a")
    away.set("a", 1)
    assert away.set_many({"a": 1}) == ["a"]
    away.delete_many(["a"])


def test_something_else_under_the_key_is_a_miss() -> None:
    """No pickle is ever read: what is in Redis may not run here."""
    client = caches["default"]._cache.get_client(write=True)
    client.set(cache.make_key("test-cache"), b"cos\nsystem\n(S'true'\ntR.", ex=30)
    assert cache.get("test-cache", "default") == "default"
    cache.delete("test-cache")


@pytest.mark.parametrize("asked", [None, 10**6])
def test_nothing_outlives_a_minute(asked: int | None) -> None:
    """A sign-out that never reached Redis would be undone for two weeks."""
    cache.set("test-cache", 1, asked)
    client = caches["default"]._cache.get_client()
    assert 0 < client.ttl(cache.make_key("test-cache")) <= LONGEST
    cache.delete("test-cache")


async def test_many_sockets_at_once_hold_no_connection_each(client: Redis) -> None:
    """Each has a task of its own, and Django a cache of its own for each task."""
    count, all_have_asked, are_counted = 20, asyncio.Barrier(21), asyncio.Event()

    async def board() -> None:
        await sync_to_async(cache.get)("test-cache")
        await all_have_asked.wait()
        await are_counted.wait()

    before = (await client.info("clients"))["connected_clients"]
    boards = [asyncio.create_task(board(), context=Context()) for _ in range(count)]
    await all_have_asked.wait()
    after = (await client.info("clients"))["connected_clients"]
    are_counted.set()
    await asyncio.gather(*boards)
    assert after <= before + 1


def test_the_orders_in_the_same_server_are_not_flushed() -> None:
    with pytest.raises(NotImplementedError):
        cache.clear()


@pytest.mark.usefixtures("_redis_is_away")
def test_without_redis_one_signs_in_stays_signed_in_and_signs_out(browser: Client) -> None:
    browser.force_login(people.person("viewer"))
    assert browser.session["_auth_user_id"]
    assert browser.get("/sign-in/").status_code == 302
    assert browser.post("/sign-out/").status_code == 302
    assert browser.get("/sign-in/").status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("cookie", ["x" * 5000, "a b", "é", "\x01" * 20])
async def test_any_session_cookie_is_no_error(cookie: Any) -> None:
    client = AsyncClient(raise_request_exception=False)
    answer = await client.get("/sign-in/", headers={"cookie": f"sessionid={cookie}"})
    assert answer.status_code == 200
