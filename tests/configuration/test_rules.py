"""What is impossible is refused by name, whoever gives it; all that the environment takes is possible."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from orderstream import conf
from orderstream.configuration.rules import LONGEST, MOST_ATTEMPTS, MOST_BACKLOG, refusals


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a handler that nobody listed": ({"handler": "os.system"}, "handler"),
    "no attempt": ({"attempts": 0}, "attempts"),
    "too many attempts": ({"attempts": 101}, "attempts"),
    "attempts in words": ({"attempts": "many"}, "attempts"),
    "half an attempt": ({"attempts": 2.5}, "attempts"),
    "a short lease": ({"lease": s(4.9)}, "lease"),
    "a lease of hours": ({"lease": s(3_601)}, "lease"),
    "a lease in words": ({"lease": "long"}, "lease"),
    "no back-off": ({"backoff_base": s(0)}, "backoff_base"),
    "a cap below the base": ({"backoff_base": s(10), "backoff_cap": s(5)}, "backoff_base"),
    "a cap beyond a day": ({"backoff_cap": s(86_401)}, "backoff_base"),
    "no time": ({"time_limit": s(0)}, "time_limit"),
    "time before the begin": ({"time_limit": s(-1)}, "time_limit"),
    "more than a day": ({"time_limit": s(86_401)}, "time_limit"),
    "a number without unit": ({"time_limit": 60}, "time_limit"),
    "no backlog": ({"backlog_limit": 0}, "backlog_limit"),
    "a target of nothing": ({"target_waiting": s(0)}, "target_waiting"),
    "a target before the begin": ({"target_processing": s(-1)}, "target_processing"),
    "a longest below the shortest": ({"shortest": s(3), "longest": s(2)}, "shortest"),
    "a negative time": ({"shortest": s(-1)}, "shortest"),
    "a negative share": ({"failure_rate": -0.1}, "failure_rate"),
    "more than all": ({"failure_rate": 1.1}, "failure_rate"),
    "no number": ({"failure_rate": float("nan")}, "failure_rate"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_impossible_is_refused_with_field_and_remedy(kind: str) -> None:
    given, field = WRONG[kind]
    (refusal,) = refusals(replace(conf.default_tuning(), **given), conf.fixed(), conf.handlers())
    assert refusal.fields[0] == field
    assert refusal.words
    assert refusal.remedy.startswith(("Use ", "Choose "))


def test_several_faults_are_told_at_once() -> None:
    wrong = replace(conf.default_tuning(), attempts=0, time_limit=s(0), failure_rate=2)
    found = [refusal.fields[0] for refusal in refusals(wrong, conf.fixed(), conf.handlers())]
    assert found == ["attempts", "time_limit", "failure_rate"]


def test_the_utmost_that_the_environment_takes_is_possible(settings: Settings) -> None:
    settings.ORDERSTREAM_ATTEMPTS, settings.ORDERSTREAM_BACKLOG_LIMIT = MOST_ATTEMPTS, MOST_BACKLOG
    settings.ORDERSTREAM_TIME_LIMIT_SECONDS = settings.ORDERSTREAM_BACKOFF_CAP_SECONDS = LONGEST
    settings.ORDERSTREAM_SIMULATE_SECONDS = (s(0), LONGEST)
    settings.ORDERSTREAM_SIMULATE_FAILURE_RATE = 1
    assert list(refusals(conf.default_tuning(), conf.fixed(), conf.handlers())) == []


@pytest.mark.parametrize(
    ("setting", "most", "too_much"),
    [("ORDERSTREAM_BEAT_SECONDS", 2.5, 2.51), ("ORDERSTREAM_SWEEP_SECONDS", 10, 10.1)],
)
def test_a_lease_goes_with_beat_and_sweep(
    settings: Settings, setting: str, most: float, too_much: float
) -> None:
    setattr(settings, setting, s(most))
    assert list(refusals(conf.default_tuning(), conf.fixed(), conf.handlers())) == []
    setattr(settings, setting, s(too_much))
    (refusal,) = refusals(conf.default_tuning(), conf.fixed(), conf.handlers())
    assert refusal.fields == ("lease",)
    assert setting in refusal.remedy


def test_the_handler_of_the_environment_may_always_be_chosen(settings: Settings) -> None:
    settings.ORDERSTREAM_HANDLER, settings.ORDERSTREAM_HANDLERS = "shop.ship", ["shop.pack", "shop.ship"]
    assert conf.handlers() == ("shop.ship", "shop.pack")
