"""Builds every Redis client of ours, and says in one sentence why a server cannot be used."""

import builtins
from collections.abc import Callable
from typing import Any, Final

from hiredis import pack_command
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from orderstream.domain.drafts import gettext_noop

BLOCK_MS: Final = 2_000  # how long a blocking read waits on the server
SOCKET_TIMEOUT_SECONDS: Final = 5.0  # must stay above BLOCK_MS, or every quiet read ends as an error
CONNECT_TIMEOUT_SECONDS: Final = 2.0
POOL_SIZE: Final = 32

# What a caller may meet when the server is away, restarting or not ready: wait and ask again.
AWAY: Final = (ConnectionError, TimeoutError, BusyLoadingError, ReadOnlyError, OSError)
# The step was refused before its first write: the server is at its memory limit.
OutOfMemory = OutOfMemoryError
StreamError = RedisError


class TooFewReplicas(ResponseError):  # noqa: N818 named as its neighbours are
    """Refused before the first write: fewer replicas follow than `min-replicas-to-write` asks for."""


class DiskFails(ResponseError):  # noqa: N818 named as its neighbours are
    """Refused before the first write: the server could not save its data, and stops for it (MISCONF)."""


class GroupLost(Exception):  # noqa: N818 an event, not a fault: the group is made again at id 0
    """The consumer group is gone: the stream was deleted, or the server came back empty."""


def connect(url: str, *, blocking: bool = False) -> Redis:
    """A client for `url`; with `blocking` it owns one connection, for a reader that waits on the server.

    It never sends a command twice by itself: redis-py's own retry turns one lost reply into two entries.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=1 if blocking else POOL_SIZE,
        timeout=SOCKET_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # reply shapes of the stream commands differ between protocols
        decode_responses=True,
        # Bytes that are no UTF-8 become surrogates, which the validation refuses; an error here would
        # break the connection again at each delivery.
        encoding_errors="surrogateescape",
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        health_check_interval=0,
    )
    pool.connection_class = _packing_in_c(pool.connection_class)
    return Redis.from_pool(pool)


def _packing_in_c(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """redis-py packs commands in C for synchronous clients only; a batch of 100 orders has 700 arguments."""

    class PackingInC(kind):  # type: ignore[valid-type,misc] # which kind depends on the URL
        def pack_command(self, *args: Any) -> list[bytes]:
            try:
                return [pack_command((*args[0].split(), *args[1:]))]
            except (AttributeError, TypeError, UnicodeEncodeError):
                # Surrogates, and types that only the slow way knows or refuses.
                return list(super().pack_command(*args))

    return PackingInC


# The first that fits. What the server or the system said itself is not translated.
_EXPLAINED: Final = (
    (AuthenticationError, gettext_noop("Redis refuses the password; check REDIS_PASSWORD or REDIS_URL.")),
    (BusyLoadingError, gettext_noop("Redis is loading its data and not ready yet.")),
    (ReadOnlyError, gettext_noop("This Redis is a read-only replica; point REDIS_URL at the primary.")),
    (
        OutOfMemoryError,
        gettext_noop("Redis is at its memory limit; raise maxmemory or let the workers drain the stream."),
    ),
    (
        TooFewReplicas,
        gettext_noop(
            "Redis takes no writes: fewer replicas follow it than its min-replicas-to-write asks for."
        ),
    ),
    (
        DiskFails,
        gettext_noop("Redis takes no writes: it cannot save its data. Look at its log, and at its disk."),
    ),
    # The second is what asyncio.timeout raises.
    ((TimeoutError, builtins.TimeoutError), gettext_noop("Redis does not answer in time.")),
    ((ConnectionError, OSError), gettext_noop("Redis cannot be reached: %(fault)s.")),
    (
        GroupLost,
        gettext_noop(
            "The consumer group is gone and is made again; delivered orders come back by the sweep."
        ),
    ),
    (BaseException, gettext_noop("Redis refuses the command: %(fault)s.")),
)
# In each error that came up while a script of ours was running: what it wrote before that stays.
_WITHIN_A_SCRIPT: Final = "@user_script"


def explain(error: BaseException, translate: Callable[[str], str] = str) -> str:
    """One sentence for a person: what is wrong with the server, what to look at. Logs have it as it is."""
    template = next(template for kinds, template in _EXPLAINED if isinstance(error, kinds))
    return translate(template) % {"fault": str(error).rstrip(".")}


def is_refused(error: BaseException) -> bool:
    """Did the server say that it does not even begin? Then this step has changed nothing."""
    has_answered = isinstance(error, AuthenticationError | BusyLoadingError | ResponseError)
    return has_answered and _WITHIN_A_SCRIPT not in str(error)
