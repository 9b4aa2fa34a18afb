"""The rows over the environment: what they give, what they refuse, and what a save leaves behind."""

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from orderstream import conf
from orderstream.configuration import announcing, reading
from orderstream.configuration.announcing import Announcement
from orderstream.models import AuditEntry, ConfigurationVersion, Processing, Simulation
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane

pytestmark = pytest.mark.django_db


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def save(model: type[Processing | Simulation], **given: Any) -> None:
    row = model.current()
    for name, value in given.items():
        setattr(row, name, value)
    row.save()


def test_without_rows_all_is_as_the_environment_says(settings: Settings) -> None:
    settings.ORDERSTREAM_ATTEMPTS = 7
    assert reading.refresh()
    assert conf.version() == 0
    assert conf.processing().attempts == 7
    assert conf.limits().backlog == settings.ORDERSTREAM_BACKLOG_LIMIT
    assert (conf.simulation().shortest, conf.simulation().longest) == settings.ORDERSTREAM_SIMULATE_SECONDS


def test_a_field_that_is_given_wins_over_the_environment_and_an_empty_one_does_not(
    settings: Settings,
) -> None:
    save(Processing, attempts=3, time_limit=s(0.5), handler="workers.handlers.reserve_stock")
    save(Simulation, longest=s(2), shortest=s(0))
    assert reading.refresh()
    settings.ORDERSTREAM_ATTEMPTS, settings.ORDERSTREAM_BACKLOG_LIMIT = 9, 77
    assert (conf.processing().attempts, conf.processing().time_limit) == (3, s(0.5))
    assert conf.processing().handler == "workers.handlers.reserve_stock"
    assert (conf.simulation().shortest, conf.simulation().longest) == (s(0), s(2))
    assert conf.limits().backlog == 77  # the environment's, also as it is now


def test_targets_and_the_backlog_limit_can_be_given() -> None:
    assert (conf.targets().waiting, conf.targets().processing) == (s(30), s(10))
    save(Processing, target_waiting=s(5), target_processing=s(1), backlog_limit=12)
    reading.refresh()
    assert (conf.targets().waiting, conf.targets().processing) == (s(5), s(1))
    assert conf.limits().backlog == 12


def test_an_emptied_field_is_as_the_environment_says_again() -> None:
    save(Processing, attempts=3, handler="workers.handlers.reserve_stock")
    save(Processing, attempts=None, handler="")
    reading.refresh()
    assert conf.processing().attempts == 5
    assert conf.processing().handler == "workers.handlers.simulate"


def test_there_is_one_row_however_often_it_is_made() -> None:
    Processing(attempts=2).save()
    Processing(attempts=3).save()
    assert [row.attempts for row in Processing.objects.all()] == [3]


def test_every_save_grows_the_version_that_both_rows_share() -> None:
    for model, given in ((Processing, {"attempts": 3}), (Simulation, {"longest": s(9)}), (Processing, {})):
        before = ConfigurationVersion.current()
        save(model, **given)
        assert ConfigurationVersion.current() == before + 1
    Processing.current().delete()
    assert ConfigurationVersion.current() == 4


WRONG: dict[str, tuple[type[Processing | Simulation], dict[str, Any], str, str]] = {
    "a handler that nobody listed": (Processing, {"handler": "os.system"}, "handler", "may not be chosen"),
    "no attempt": (Processing, {"attempts": 0}, "attempts", "from 1 to 100"),
    "attempts in words": (Processing, {"attempts": "many"}, "attempts", "must be an integer"),
    "a negative back-off": (Processing, {"backoff_base": s(-1)}, "backoff_base", "more than 0"),
    "a base above the cap of the environment": (
        Processing,
        {"backoff_base": s(301)},
        "backoff_base",
        "is 301 s and its cap 300 s",
    ),
    "a cap below the base of the environment": (
        Processing,
        {"backoff_cap": s(0.5)},
        "backoff_cap",
        "First back-off is 1 s and its cap 0.5 s",
    ),
    "a short lease": (Processing, {"lease": 4}, "lease", "Use 5 seconds"),
    "no time": (Processing, {"time_limit": s(0)}, "time_limit", "no time at all"),
    "endless time": (Processing, {"time_limit": float("inf")}, "time_limit", "number of seconds"),
    "no backlog": (Processing, {"backlog_limit": 0}, "backlog_limit", "whole number"),
    "a target of nothing": (Processing, {"target_waiting": s(0)}, "target_waiting", "more than 0"),
    "a longest below the environment's shortest": (Simulation, {"longest": s(0.5)}, "longest", "not below"),
    "more than all": (Simulation, {"failure_rate": 1.5}, "failure_rate", "from 0 to 1"),
    "no number": (Simulation, {"failure_rate": float("nan")}, "failure_rate", "from 0 to 1"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_impossible_is_refused_by_the_model_itself_and_leaves_no_trace(kind: str) -> None:
    model, given, field, words = WRONG[kind]
    with pytest.raises(ValidationError) as refusal:
        save(model, **given)
    assert list(refusal.value.message_dict) == [field]
    assert words in " ".join(refusal.value.message_dict[field])
    assert not model.objects.exists()
    assert ConfigurationVersion.current() == 0
    assert not AuditEntry.objects.exists()


def test_seconds_may_be_given_as_a_number() -> None:
    save(Processing, time_limit=1.5, backoff_cap="90")
    row = Processing.current()
    assert (row.time_limit, row.backoff_cap) == (s(1.5), s(90))


def test_a_change_is_recorded_with_who_and_before_and_after() -> None:
    save(Processing, attempts=3, time_limit=s(30))
    row = Processing.current()
    row.changed_by, row.attempts, row.handler = "user:mori", None, "workers.handlers.reserve_stock"
    row.save()
    entry = AuditEntry.objects.all()[0]
    assert (entry.actor, entry.action, entry.subject) == ("user:mori", "configuration_changed", "processing")
    assert entry.details == {
        "version": 2,
        "before": {"handler": None, "attempts": 3},
        "after": {"handler": "workers.handlers.reserve_stock", "attempts": None},
    }
    assert AuditEntry.objects.all()[1].actor == "command:shell"


def test_workers_hear_of_it_after_the_commit_and_not_before(
    redis_url: str, keys: Keys, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    async def heard() -> Announcement | None:
        client = connect(redis_url)
        try:
            return await announcing.announced(Lane(client, keys))
        finally:
            await client.aclose()

    with django_capture_on_commit_callbacks(execute=True):
        save(Processing, attempts=3)
        assert async_to_sync(heard)() == Announcement(0)
    assert async_to_sync(heard)() == Announcement(1)
    with django_capture_on_commit_callbacks(execute=True):
        save(Processing, lease=30.5)
    assert async_to_sync(heard)() == Announcement(2, lease_ms=30_500)
    with django_capture_on_commit_callbacks(execute=True):
        save(Simulation, failure_rate=0.5)
    assert async_to_sync(heard)() == Announcement(3, lease_ms=30_500)
    with django_capture_on_commit_callbacks(execute=True):
        Processing.current().delete()
    assert async_to_sync(heard)() == Announcement(4)
