"""System checks: settings that would lose orders, hang sockets or open doors are refused with what to do."""

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import ERROR, CheckMessage, Error, register, run_checks

from orderstream import conf
from orderstream.configuration.rules import refusals
from orderstream.streams.connection import BLOCK_MS, SOCKET_TIMEOUT_SECONDS

TAG: Final = "orderstream"
# channels_redis waits this long in one call to the server, whatever the client's time-out.
CHANNELS_BLOCK_SECONDS: Final = 5
# WAIT is answered when it is over, and then the answer still has to come.
MOST_REPLICA_WAIT: Final = timedelta(seconds=SOCKET_TIMEOUT_SECONDS - 1)
MOST_CACHE_SECONDS: Final = 5
NUMBER_OF: Final = {"lease": "E001", "time_limit": "E004", "backoff_base": "E005"}

Apps = Sequence[AppConfig] | None


def refuse_unfit() -> None:
    """For processes that are no management command, which Django does not check."""
    errors = [problem for problem in run_checks(tags=[TAG]) if problem.level >= ERROR]
    if errors:
        sentences = "\n".join(f"- {error.msg} {error.hint}" for error in errors)
        sys.exit(f"OrderStream cannot start:\n{sentences}")


@register(TAG)
def check_rhythm(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    """What a lease must be beside these is among the rules of the lease."""
    fixed = conf.fixed()
    if fixed.beat <= timedelta():
        yield Error(
            f"ORDERSTREAM_BEAT_SECONDS gives a beat every {_seconds(fixed.beat)}.",
            hint="Use more than 0 and at most a quarter of the lease: one late beat is no death.",
            id="orderstream.E002",
        )
    if fixed.sweep_interval <= timedelta():
        yield Error(
            f"ORDERSTREAM_SWEEP_SECONDS gives a sweep every {_seconds(fixed.sweep_interval)}.",
            hint="Use more than 0 and at most the lease: dead workers' orders wait for the sweep.",
            id="orderstream.E003",
        )


@register(TAG)
def check_tuning(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    """The environment's own values; what managers put over them is judged by these rules as it is saved."""
    for refusal in refusals(conf.default_tuning(), conf.fixed(), conf.handlers()):
        setting, *others = dict.fromkeys(conf.SETTING_OF[field] for field in refusal.fields)
        yield Error(
            f"{setting} {refusal.words}.",
            hint=f"{refusal.remedy} Look at {', '.join(others)}, too." if others else refusal.remedy,
            id=f"orderstream.{NUMBER_OF.get(refusal.fields[0], 'E013')}",
        )


@register(TAG)
def check_handlers(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    for path in conf.handlers():
        module, _, name = path.rpartition(".")
        if not module or not name.isidentifier() or not _is_module(module):
            setting = (
                "ORDERSTREAM_HANDLER" if path == conf.default_tuning().handler else "ORDERSTREAM_HANDLERS"
            )
            yield Error(
                f"{setting} is or has {path!r}, and there is no such module.",
                hint="Use the dotted path of a function, as in workers.handlers.simulate.",
                id="orderstream.E006",
            )


@register(TAG)
def check_time_outs(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    """Each of the three clients of Redis: ours, Channels' and the cache's."""
    if BLOCK_MS >= SOCKET_TIMEOUT_SECONDS * 1000:
        yield Error(
            "A read waits on the server for as long as its socket lives, or longer.",
            hint="Keep BLOCK_MS below SOCKET_TIMEOUT_SECONDS in orderstream/streams/connection.py.",
            id="orderstream.E007",
        )
    for host in _channel_hosts():
        if not isinstance(host, dict) or host.get("socket_timeout", 0) < 2 * CHANNELS_BLOCK_SECONDS:
            yield Error(
                "A host of the channel layer has no socket_timeout of 10 s or more.",
                hint='Use {"address": url, "socket_timeout": 15}; idle WebSockets die after 5 s else.',
                id="orderstream.E008",
            )
    options = _cache_options()
    for name in ("socket_timeout", "socket_connect_timeout"):
        if not 0 < options.get(name, 0) <= MOST_CACHE_SECONDS:
            yield Error(
                f"The cache has no {name} of at most {MOST_CACHE_SECONDS} s.",
                hint="Set it in CACHES: with Redis stalled, each page waits that long for its session.",
                id="orderstream.E009",
            )


@register(TAG)
def check_replication(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    wait = conf.durability().replica_wait
    if not timedelta() < wait <= MOST_REPLICA_WAIT:
        yield Error(
            f"ORDERSTREAM_REPLICA_WAIT_SECONDS gives a wait of {_seconds(wait)} for replicas.",
            hint=f"Use more than 0 and at most {_seconds(MOST_REPLICA_WAIT)}: "
            f"a socket gives up after {SOCKET_TIMEOUT_SECONDS:g} s.",
            id="orderstream.E015",
        )


@register(TAG)
def check_hosts(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS contains '*'.",
            hint="Name the hosts: with '*' any page of the web may open sockets here as whoever visits it.",
            id="orderstream.E010",
        )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if "*" in origin:
            yield Error(
                f"CSRF_TRUSTED_ORIGINS contains {origin!r}.",
                hint="Name each origin in full, as in https://orders.example.org.",
                id="orderstream.E011",
            )


@register(TAG)
def check_proxies(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    for network in conf.web().trusted_proxies:
        if network.prefixlen == 0:
            yield Error(
                f"ORDERSTREAM_TRUSTED_PROXIES contains {network}.",
                hint="Name the proxies alone: whoever is trusted may say of any request where it comes from.",
                id="orderstream.E014",
            )


@register(TAG)
def check_static_files(app_configs: Apps, **given: Any) -> Iterable[CheckMessage]:
    root = settings.STATIC_ROOT
    # `collectstatic` itself has to get by.
    if root and "collectstatic" not in sys.argv and not (Path(root) / "staticfiles.json").is_file():
        yield Error(
            f"ORDERSTREAM_STATIC_ROOT is {root!r}, and no static files have been collected there.",
            hint="Run `manage.py collectstatic --noinput`, or leave it empty.",
            id="orderstream.E012",
        )


def _cache_options() -> dict[str, Any]:
    cache: dict[str, Any] = dict(settings.CACHES["default"])
    return dict(cache.get("OPTIONS", {}))


def _channel_hosts() -> list[Any]:
    layer: dict[str, Any] = settings.CHANNEL_LAYERS.get("default", {})
    if not str(layer.get("BACKEND", "")).startswith("channels_redis."):
        return []
    return list(layer.get("CONFIG", {}).get("hosts", ["none given"]))


def _is_module(dotted: str) -> bool:
    try:
        return find_spec(dotted) is not None
    except (ImportError, ValueError):
        return False


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"
