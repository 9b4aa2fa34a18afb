"""The cache behind sessions: an unreachable Redis is a miss, and nothing in it outlives a minute."""

import json
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any, Final, TypeVar

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from orderstream.streams.connection import StreamError

R = TypeVar("R")

logger = structlog.get_logger(__name__)

# Seconds. A sign-out whose delete never reached Redis must not be undone when Redis comes back: what it
# left behind is dead by then, or soon. SQL, which has the session too, is asked once a minute for it.
LONGEST: Final = 60


class JsonSerializer:
    """Instead of pickle: whoever can write to Redis must not be able to run code here."""

    def dumps(self, value: object) -> str:
        return json.dumps(value)

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


@cache
def _client(server: str, options: tuple[tuple[str, Any], ...]) -> RedisCacheClient:
    """One for the whole process. Django makes a cache for each task, and with a client of its own each open
    board would hold a connection to Redis, and each handshake wait for one in the thread that all share."""
    return RedisCacheClient([server], **dict(options))


class ForgivingRedisCache(RedisCache):
    """Django's, except that no failure of the server, nor of what it answers, reaches a page."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"serializer": JsonSerializer, **params.get("OPTIONS", {})}
        super().__init__(server, params | {"OPTIONS": options})
        self._of_client = (server, tuple(sorted(options.items())))

    @cached_property
    def _cache(self) -> RedisCacheClient:
        return _client(*self._of_client)

    def validate_key(self, key: str) -> None:
        """Redis takes any key. Django warns, for memcached's sake, of each odd cookie that somebody sends."""

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int:
        asked = super().get_backend_timeout(timeout)
        return LONGEST if asked is None else min(int(asked), LONGEST)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        # True, as if the key had been free: cached sessions take False for "this session key is taken".
        return self._ask(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        return self._ask(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def set_many(
        self, data: dict[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        call = super().set_many
        return self._ask(lambda: call(data, timeout, version), list(data))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        self._ask(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        """Refused: Django's way is FLUSHDB, and the orders live in the same database."""
        raise NotImplementedError("This cache is not cleared at once; its entries are gone within a minute.")

    def _ask(self, call: Callable[[], R], missing: R) -> R:
        try:
            return call()
        except (StreamError, OSError, ValueError) as error:
            logger.warning("cache not reached", error=type(error).__name__)
            return missing
