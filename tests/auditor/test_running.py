"""The run behind the command: by which rules it judges."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from orderstream import conf
from orderstream.auditor.progress import Progress
from orderstream.auditor.running import Run
from orderstream.configuration.values import Stored
from orderstream.models import Processing

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _forget_afterwards() -> Iterator[None]:
    yield
    conf.know(Stored())


async def test_each_round_judges_by_what_managers_have_saved_by_then() -> None:
    run = Run(Progress(StringIO()), lambda _report: None)
    await run.once()
    assert run.audit is not None
    before = run.audit.rules.bound_ms
    await sync_to_async(Processing(lease=timedelta(minutes=5)).save)()
    await run.further()
    assert run.audit.rules.bound_ms == before + 290_000
    assert run.audit.rounds == 2
    await conf.close_lanes()


def gone(*_statement: object) -> None:
    raise OperationalError("the database is gone")


async def test_while_sql_is_away_no_limit_of_attempts_is_taken_for_known() -> None:
    run = Run(Progress(StringIO()), lambda _report: None)
    await run.once()
    assert run.audit is not None
    assert run.audit.rules.attempts == conf.processing().attempts
    # A connection belongs to the thread that asks.
    await sync_to_async(lambda: connection.execute_wrappers.append(gone))()
    await run.further()
    assert run.audit.rules.attempts is None
    await sync_to_async(lambda: connection.execute_wrappers.remove(gone))()
    await run.further()
    assert run.audit.rules.attempts == conf.processing().attempts
    await conf.close_lanes()
