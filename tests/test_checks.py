"""Each check refuses what it is there for, says what to do, and lets the defaults pass."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from orderstream.checks import TAG, refuse_unfit


def found() -> list[CheckMessage]:
    return run_checks(tags=[TAG])


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a short lease": ({"ORDERSTREAM_LEASE_SECONDS": s(4.9)}, "E001"),
    "a long lease": ({"ORDERSTREAM_LEASE_SECONDS": s(3601)}, "E001"),
    "a slow beat": ({"ORDERSTREAM_BEAT_SECONDS": s(2.6)}, "E001"),
    "no beat": ({"ORDERSTREAM_BEAT_SECONDS": s(0)}, "E002"),
    "a rare sweep": ({"ORDERSTREAM_SWEEP_SECONDS": s(11)}, "E001"),
    "no sweep": ({"ORDERSTREAM_SWEEP_SECONDS": s(0)}, "E003"),
    "no time": ({"ORDERSTREAM_TIME_LIMIT_SECONDS": s(0)}, "E004"),
    "a cap below the base": ({"ORDERSTREAM_BACKOFF_CAP_SECONDS": s(0.5)}, "E005"),
    "no handler": ({"ORDERSTREAM_HANDLER": "nowhere.handlers.pay"}, "E006"),
    "a handler without a module": ({"ORDERSTREAM_HANDLER": "pay"}, "E006"),
    "a choice of handlers without a module": ({"ORDERSTREAM_HANDLERS": ["nowhere.pay"]}, "E006"),
    "a target of nothing": ({"ORDERSTREAM_TARGET_WAITING_SECONDS": s(0)}, "E013"),
    "a channel layer without time-out": (
        {
            "CHANNEL_LAYERS": {
                "default": {
                    "BACKEND": "channels_redis.core.RedisChannelLayer",
                    "CONFIG": {"hosts": ["redis://r"]},
                }
            }
        },
        "E008",
    ),
    "a channel layer with redis-py's time-out": (
        {
            "CHANNEL_LAYERS": {
                "default": {
                    "BACKEND": "channels_redis.core.RedisChannelLayer",
                    "CONFIG": {"hosts": [{"address": "redis://r", "socket_timeout": 5}]},
                }
            }
        },
        "E008",
    ),
    "a cache that waits": (
        {"CACHES": {"default": {"BACKEND": "x", "OPTIONS": {"socket_timeout": 1}}}},
        "E009",
    ),
    "replicas without a wait": ({"ORDERSTREAM_REPLICA_WAIT_SECONDS": s(0)}, "E015"),
    "replicas beyond the time-out of a socket": ({"ORDERSTREAM_REPLICA_WAIT_SECONDS": s(4.5)}, "E015"),
    "any host": ({"ALLOWED_HOSTS": ["localhost", "*"]}, "E010"),
    "any origin": ({"CSRF_TRUSTED_ORIGINS": ["https://*.example.org"]}, "E011"),
    "everybody a proxy": ({"ORDERSTREAM_TRUSTED_PROXIES": (ip_network("::/0"),)}, "E014"),
    "no static files": ({"STATIC_ROOT": "/nowhere"}, "E012"),
}


def test_the_defaults_pass() -> None:
    assert found() == []
    refuse_unfit()


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_setting_is_refused_with_what_to_do(kind: str, settings: Settings) -> None:
    given, number = WRONG[kind]
    for name, value in given.items():
        setattr(settings, name, value)
    problems = found()
    assert {problem.id for problem in problems} == {f"orderstream.{number}"}
    assert all(problem.hint for problem in problems)
    with pytest.raises(SystemExit, match="cannot start"):
        refuse_unfit()


def test_a_longer_beat_goes_with_a_longer_lease(settings: Settings) -> None:
    settings.ORDERSTREAM_LEASE_SECONDS = s(40)
    settings.ORDERSTREAM_BEAT_SECONDS = s(10)
    assert found() == []
