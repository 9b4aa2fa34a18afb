"""What a worker does when a beat names a version: asks SQL off its loop, and takes over what has changed."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from orderstream import conf
from orderstream.conf import ProcessingConf
from orderstream.configuration import reading
from orderstream.configuration.values import Stored
from orderstream.models import Processing
from tests.waiting import wait_until
from tests.workers.fakes import a_moment
from workers import handlers
from workers.configuration import Following
from workers.handlers import Handler
from workers.options import WrongOption, options_from
from workers.threads import Threads

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

GIVEN: dict[str, Any] = {
    "name": "",
    "concurrency": None,
    "processes": None,
    "handler": "",
    "once": False,
    "parent": None,
}


@pytest.fixture(autouse=True)
def _as_the_environment_says() -> Iterator[None]:
    yield
    conf.know(Stored())


class Worker:
    """Notes what it is to adopt."""

    def __init__(self, **given: Any) -> None:
        self.adopted: list[tuple[ProcessingConf, Handler]] = []
        options = options_from(GIVEN | given)
        self.following = Following(options, Threads(), lambda *adopted: self.adopted.append(adopted))


async def save(**given: Any) -> None:
    await sync_to_async(Processing(**given).save)()


async def test_another_version_is_taken_over_and_the_same_one_asks_nothing() -> None:
    worker = Worker()
    await save(attempts=3)
    worker.following.heard("0")
    await a_moment()
    assert worker.adopted == []
    worker.following.heard("1")
    await wait_until(lambda: worker.adopted)
    ((processing, handler),) = worker.adopted
    assert (processing.attempts, handler) == (3, handlers.simulate)
    worker.following.heard("1")
    await a_moment()
    assert len(worker.adopted) == 1


async def test_a_version_that_changes_nothing_for_workers_is_not_taken_over() -> None:
    worker = Worker()
    await save(backlog_limit=3)
    worker.following.heard("1")
    await wait_until(lambda: conf.version() == 1)
    await a_moment()
    assert worker.adopted == []


async def test_without_any_announcement_a_worker_looks_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AGE", timedelta())
    worker = Worker()
    await save(attempts=3)
    worker.following.heard("0")
    await wait_until(lambda: worker.adopted)


@pytest.mark.parametrize("path", ["shop.orders.ship", "tests.workers.broken_handler.ship"])
async def test_a_handler_that_cannot_be_loaded_here_leaves_the_old_one_at_work(
    path: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ORDERSTREAM_HANDLERS = [path]
    worker = Worker()
    await save(handler=path, attempts=3)
    worker.following.heard("1")
    await wait_until(lambda: worker.adopted)
    ((processing, handler),) = worker.adopted
    assert (processing.attempts, handler) == (3, handlers.simulate)
    assert "cannot be loaded here" in caplog.text


@pytest.mark.parametrize("setting", ["ORDERSTREAM_BEAT_SECONDS", "ORDERSTREAM_SWEEP_SECONDS"])
async def test_a_worker_that_does_not_fit_the_lease_of_all_does_not_start(
    setting: str, settings: Settings
) -> None:
    """Its beats would be too rare: each late one a death, and its orders taken while it lives."""
    await save(lease=timedelta(seconds=6))
    setattr(settings, setting, timedelta(seconds=7))
    await sync_to_async(reading.refresh)()
    with pytest.raises(WrongOption, match=rf"^The lease .* is 6 s with a .* every 7 s.*{setting}"):
        options_from(GIVEN)


@pytest.mark.parametrize("lease", [timedelta(seconds=4), timedelta(hours=2), 7])
async def test_a_lease_that_no_process_can_use_keeps_none_from_starting(lease: object) -> None:
    conf.know(Stored(1, {"lease": lease}))
    assert options_from(GIVEN).processing.lease == timedelta(seconds=10)


async def test_a_handler_of_the_command_line_stays() -> None:
    worker = Worker(handler="tests.workers.test_configuration.ship")
    await save(handler="workers.handlers.reserve_stock")
    worker.following.heard("1")
    await wait_until(lambda: worker.adopted)
    assert worker.adopted[0][1] is ship


async def test_a_version_heard_while_sql_is_away_is_asked_for_again_but_not_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from workers import configuration

    monkeypatch.setattr(configuration, "ASK_AGAIN", timedelta(milliseconds=100))
    asked: list[bool] = []

    def away_once() -> bool:
        asked.append(len(asked) > 0 and REFRESH())
        return asked[-1]

    monkeypatch.setattr(reading, "refresh", away_once)
    worker = Worker()
    await save(attempts=3)
    worker.following.heard("1")
    await wait_until(lambda: asked)
    await a_moment()
    worker.following.heard("1")
    await a_moment()
    assert len(asked) == 1

    def is_taken_over() -> bool:
        worker.following.heard("1")
        return bool(worker.adopted)

    await wait_until(is_taken_over)
    assert asked == [False, True]


REFRESH = reading.refresh


async def ship(_order: object) -> None:
    """For the command line."""
    await asyncio.Event().wait()
