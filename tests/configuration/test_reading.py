"""From SQL into the process: what was known stays while SQL is away or holds what cannot be."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from orderstream import conf
from orderstream.configuration import reading
from orderstream.configuration.values import Stored
from orderstream.models import Processing

pytestmark = pytest.mark.django_db


def gone(*_statement: object) -> None:
    raise OperationalError("the database is gone")


def test_nothing_is_known_before_the_rows_were_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_has_read", False)
    with connection.execute_wrapper(gone):
        reading.refresh()
    assert not reading.is_known()
    reading.refresh()
    assert reading.is_known()
    with connection.execute_wrapper(gone):
        reading.refresh()
    assert reading.is_known()


def test_what_was_known_stays_while_sql_is_away_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Processing(attempts=3).save()
    assert reading.refresh()
    with connection.execute_wrapper(gone):
        assert [reading.refresh() for _ in range(3)] == [False, False, False]
        assert conf.processing().attempts == 3
    assert reading.refresh()
    assert reading.refresh()
    assert caplog.text.count("configuration not read") == 1
    assert caplog.text.count("configuration read again") == 1


def test_a_process_that_never_reached_sql_has_the_environments_values(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Processing(attempts=3).save()
    with connection.execute_wrapper(gone):
        assert not reading.refresh()
    assert conf.processing().attempts == 5
    assert "the database is gone" in caplog.text


def test_nothing_asks_sql_for_what_is_in_force(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        conf.processing()
        conf.simulation()
        conf.limits()
        conf.targets()


def test_the_impossible_written_past_the_models_changes_nothing_and_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Processing(attempts=3).save()
    reading.refresh()
    Processing.objects.update(attempts=0, time_limit=timedelta(seconds=9))
    for _ in range(3):
        assert reading.refresh()
    assert (conf.processing().attempts, conf.processing().time_limit) == (3, timedelta(seconds=60))
    assert caplog.text.count("configuration in SQL cannot be used as it is") == 1
    assert "attempts is 0" in caplog.text
    Processing.objects.update(attempts=4)
    reading.refresh()
    assert conf.processing().attempts == 4


def test_a_handler_that_only_other_processes_may_choose_keeps_nothing_else_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    conf.know(Stored(1, {"handler": "workers.handlers.reserve_stock"}))
    for _ in range(2):
        conf.know(Stored(2, {"handler": "shop.ship", "attempts": 2}))
    assert conf.processing().handler == "workers.handlers.reserve_stock"
    assert (conf.processing().attempts, conf.version()) == (2, 2)
    assert caplog.text.count("handler shop.ship is not in ORDERSTREAM_HANDLERS") == 1
    conf.know(Stored(3, {}))
    assert conf.processing().handler == "workers.handlers.simulate"
