"""The only reader of settings and of the rows over them: frozen values, and the lane of this event loop.

Nothing here asks SQL: orderstream/configuration/reading.py says from time to time what the rows hold.
"""

import asyncio
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from types import MappingProxyType
from typing import Any, Final

import structlog
from django.conf import settings

from orderstream.configuration.bounds import FeedConf, RatesConf
from orderstream.configuration.durability import Durability, DurabilityConf
from orderstream.configuration.rules import Refusal, is_lease, misfit_of, refusals
from orderstream.configuration.values import Fixed, Stored, Tuning
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.limits import Rate
from orderstream.streams.replication import Replication

logger = structlog.get_logger(__name__)

KEY_TTL = timedelta(hours=24)
BODY_LIMIT = 64_000
BATCH_BODY_LIMIT = 2_000_000
BATCH_ORDERS = 1_000
PAGE_ORDERS = 500


@dataclass(frozen=True, slots=True)
class StreamConf:
    """Where Redis is, and what stands in front of every key (one server may carry several installations)."""

    redis_url: str
    key_prefix: str
    # False: nobody named a server, so that `runstack` starts the embedded one.
    is_named: bool

    @property
    def keys(self) -> Keys:
        return Keys.namespaced(self.key_prefix) if self.key_prefix else Keys()


@dataclass(frozen=True, slots=True)
class ProcessingConf:
    """How orders are worked on; checks.py says how these must relate to each other."""

    lease: timedelta
    beat: timedelta
    sweep_interval: timedelta
    time_limit: timedelta
    attempts: int
    backoff_base: timedelta
    backoff_cap: timedelta
    concurrency: int
    drain: timedelta
    # Dotted path of an `async def` or a plain function.
    handler: str


@dataclass(frozen=True, slots=True)
class SimulationConf:
    """What the handler `simulate` pretends."""

    shortest: timedelta
    longest: timedelta
    # Share of the attempts that fail, 0 to 1.
    failure_rate: float


@dataclass(frozen=True, slots=True)
class TargetsConf:
    """What a person wants orders to keep within; nothing is cut short by them."""

    waiting: timedelta
    processing: timedelta


@dataclass(frozen=True, slots=True)
class LimitsConf:
    """What the API takes at most."""

    backlog: int
    key_ttl: timedelta = KEY_TTL
    body_bytes: int = BODY_LIMIT
    batch_body_bytes: int = BATCH_BODY_LIMIT
    batch_orders: int = BATCH_ORDERS
    page_orders: int = PAGE_ORDERS
    retry_after: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class WebConf:
    """What stands in front of the web process."""

    # Only what these say of the addresses behind them is believed.
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]


def stream() -> StreamConf:
    return StreamConf(settings.REDIS_URL, settings.ORDERSTREAM_KEY_PREFIX, settings.REDIS_IS_NAMED)


def durability() -> DurabilityConf:
    return DurabilityConf(
        Durability(settings.ORDERSTREAM_DURABILITY),
        settings.DURABILITY_IS_CHOSEN,
        settings.ORDERSTREAM_REPLICAS,
        settings.ORDERSTREAM_REPLICA_WAIT_SECONDS,
    )


def processing() -> ProcessingConf:
    return ProcessingConf(
        lease=_now("lease"),
        beat=settings.ORDERSTREAM_BEAT_SECONDS,
        sweep_interval=settings.ORDERSTREAM_SWEEP_SECONDS,
        time_limit=_now("time_limit"),
        attempts=_now("attempts"),
        backoff_base=_now("backoff_base"),
        backoff_cap=_now("backoff_cap"),
        concurrency=settings.ORDERSTREAM_CONCURRENCY,
        drain=settings.ORDERSTREAM_DRAIN_SECONDS,
        handler=_now("handler"),
    )


def simulation() -> SimulationConf:
    return SimulationConf(_now("shortest"), _now("longest"), _now("failure_rate"))


def targets() -> TargetsConf:
    return TargetsConf(_now("target_waiting"), _now("target_processing"))


def feed() -> FeedConf:
    return FeedConf()


def limits() -> LimitsConf:
    return LimitsConf(backlog=_now("backlog_limit"))


# The setting that a field has its default from; the two times of the simulation share one.
SETTING_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "handler": "ORDERSTREAM_HANDLER",
        "attempts": "ORDERSTREAM_ATTEMPTS",
        "backoff_base": "ORDERSTREAM_BACKOFF_SECONDS",
        "backoff_cap": "ORDERSTREAM_BACKOFF_CAP_SECONDS",
        "lease": "ORDERSTREAM_LEASE_SECONDS",
        "time_limit": "ORDERSTREAM_TIME_LIMIT_SECONDS",
        "backlog_limit": "ORDERSTREAM_BACKLOG_LIMIT",
        "target_waiting": "ORDERSTREAM_TARGET_WAITING_SECONDS",
        "target_processing": "ORDERSTREAM_TARGET_PROCESSING_SECONDS",
        "shortest": "ORDERSTREAM_SIMULATE_SECONDS",
        "longest": "ORDERSTREAM_SIMULATE_SECONDS",
        "failure_rate": "ORDERSTREAM_SIMULATE_FAILURE_RATE",
    }
)
_stored = Stored()
_refused: Stored | None = None
_is_refused = False


def default_tuning() -> Tuning:
    """As the environment says."""
    return Tuning(**{field: _default(field) for field in SETTING_OF})


def fixed() -> Fixed:
    return Fixed(settings.ORDERSTREAM_BEAT_SECONDS, settings.ORDERSTREAM_SWEEP_SECONDS)


def chosen_lease() -> timedelta | None:
    """What a manager chose for all workers; None: each as its environment says."""
    return _stored.given.get("lease")


def handlers() -> tuple[str, ...]:
    """Those that may be chosen while workers run."""
    return tuple(dict.fromkeys([settings.ORDERSTREAM_HANDLER, *settings.ORDERSTREAM_HANDLERS]))


def version() -> int:
    """Of the rows that this process knows; 0 before any."""
    return _stored.version


def is_refused() -> bool:
    """Do the rows say what cannot be in this process? Then what it knows is older than its version."""
    return _is_refused


def misfit() -> Refusal | None:
    """Why a lease that a manager chose for all does not go with the beat or interval of this process."""
    lease = _refused.given.get("lease") if _refused is not None else None
    return misfit_of(lease, fixed()) if is_lease(lease) else None


def know(stored: Stored) -> None:
    """Take over what SQL says; what of it cannot be used here is said once and changes nothing."""
    global _stored, _refused, _is_refused  # one memory in each process is the point
    given, why = _usable(stored.given)
    if why and stored != _refused:
        logger.error(
            "configuration in SQL cannot be used as it is; what was known stays",
            version=stored.version,
            why=why,
        )
    _refused, _is_refused = stored if why else None, given is None
    _stored = Stored(stored.version, _stored.given if given is None else given)


def _usable(given: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, list[str]]:
    """All but a handler that only other processes may choose; None where anything else cannot be."""
    usable, why = dict(given), []
    if usable.get("handler", settings.ORDERSTREAM_HANDLER) not in handlers():
        why.append(f"handler {usable.pop('handler')} is not in ORDERSTREAM_HANDLERS")
        usable |= {name: value for name, value in _stored.given.items() if name == "handler"}
    wrong = [
        f"{refusal.fields[0]} {refusal.words}"
        for refusal in refusals(replace(default_tuning(), **usable), fixed(), handlers())
    ]
    return (None if wrong else usable), why + wrong


def _now(field: str) -> Any:
    """What is in force: the rows as this process last knew them, over the environment."""
    given = _stored.given
    return given[field] if field in given else _default(field)


def _default(field: str) -> Any:
    value = getattr(settings, SETTING_OF[field])
    match field:
        case "shortest":
            return value[0]
        case "longest":
            return value[1]
    return value


def rates() -> RatesConf:
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    return RatesConf(
        sign_ins=_rate(settings.ORDERSTREAM_SIGN_INS_PER_MINUTE, minute),
        handshakes=_rate(settings.ORDERSTREAM_HANDSHAKES_PER_MINUTE, minute),
        reading=_rate(settings.ORDERSTREAM_READING_PER_SECOND, second),
        placing=_rate(settings.ORDERSTREAM_PLACING_PER_SECOND, second),
        operating=_rate(settings.ORDERSTREAM_OPERATING_PER_SECOND, second),
    )


def web() -> WebConf:
    return WebConf(settings.ORDERSTREAM_TRUSTED_PROXIES)


def _rate(units: int, period: timedelta) -> Rate | None:
    return Rate(units, period) if units else None


# A client belongs to the event loop that it was made in; a loop that is gone takes its lanes along.
_Kept = dict[tuple[StreamConf, DurabilityConf], Lane]
_Lanes = weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept]
_lanes: _Lanes = weakref.WeakKeyDictionary()


def lane() -> Lane:
    """The lane of the running event loop, over one shared client; call it where it is used, don't keep it."""
    conf = stream(), durability()
    lanes = _lanes.setdefault(asyncio.get_running_loop(), {})
    if conf not in lanes:
        lanes[conf] = _opened(*conf)
    return lanes[conf]


def _opened(stream: StreamConf, asked: DurabilityConf) -> Lane:
    replication = None
    if asked.level is Durability.REPLICATED:
        replication = Replication(connect(stream.redis_url), asked.replicas, asked.replica_wait)
    return Lane(connect(stream.redis_url), stream.keys, replication=replication)


async def close_lanes() -> None:
    """Give back the connections of the running event loop."""
    for opened in _lanes.pop(asyncio.get_running_loop(), {}).values():
        await opened.aclose()
