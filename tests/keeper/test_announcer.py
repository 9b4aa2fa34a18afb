"""Workers hear the version that SQL has, whatever became of the announcement of whoever saved it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from orderstream import conf
from orderstream.configuration import announcing
from orderstream.configuration.announcing import Announcement
from orderstream.configuration.values import Stored
from orderstream.models import ConfigurationVersion, Processing
from orderstream.streams.lane import Lane
from workers.keeper.announcer import Announcer
from workers.keeper.keeper import Term

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _forget_afterwards() -> Iterator[None]:
    yield
    conf.know(Stored())


async def test_a_version_that_redis_lacks_is_announced(lane: Lane) -> None:
    await sync_to_async(Processing(attempts=3).save)()
    await lane.command("HDEL", lane.keys.control, "config_version")
    await Announcer().turn(Term(lane, 1))
    assert await announcing.announced(lane) == Announcement(1)
    assert conf.processing().attempts == 3  # the keeper's own is fresh, too


async def test_a_version_that_went_back_in_sql_is_announced_too(lane: Lane) -> None:
    """A backup was restored: workers shall read what is in it."""
    await sync_to_async(Processing(attempts=3).save)()
    later = Announcement(40, lease_ms=7_000)
    await announcing.announce(lane, later)
    announcer = Announcer()
    await announcer.turn(Term(lane, 1))
    assert await announcing.announced(lane) == later  # it may be just saved
    await announcer.turn(Term(lane, 1))
    assert await announcing.announced(lane) == Announcement(1)


async def test_what_is_saved_while_a_keeper_looks_is_not_taken_back(lane: Lane) -> None:
    """Else workers would hear of another lease twice in a second, with a calm each time."""
    announcer = Announcer()
    for number in (7, 8, 9):
        saved = Announcement(number, lease_ms=7_000)
        await announcing.announce(lane, saved)
        await announcer.turn(Term(lane, 1))
        assert await announcing.announced(lane) == saved


async def test_nothing_is_announced_while_the_rows_do_not_fit_the_keeper(
    lane: Lane, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """What it knows is no lease, and that would be one for all workers."""
    await sync_to_async(Processing(lease=timedelta(seconds=6)).save)()
    chosen = await announcing.announced(lane)
    assert chosen == Announcement(1, lease_ms=6_000)
    settings.ORDERSTREAM_BEAT_SECONDS = timedelta(seconds=2)
    announcer = Announcer()
    for _ in range(3):
        await announcer.turn(Term(lane, 1))
        assert await announcing.announced(lane) == chosen
    assert caplog.text.count("cannot be used as it is") == 1
    settings.ORDERSTREAM_BEAT_SECONDS = timedelta(seconds=1)
    await lane.command("HDEL", lane.keys.control, "lease_ms")
    await announcer.turn(Term(lane, 1))
    assert await announcing.announced(lane) == chosen


async def test_a_handler_that_the_keeper_may_not_choose_keeps_nothing_from_workers(
    lane: Lane, settings: Settings
) -> None:
    settings.ORDERSTREAM_HANDLERS = ["shop.orders.ship"]
    await sync_to_async(Processing(handler="shop.orders.ship", lease=timedelta(seconds=6)).save)()
    settings.ORDERSTREAM_HANDLERS = []
    await lane.command("DEL", lane.keys.control)
    await Announcer().turn(Term(lane, 1))
    assert await announcing.announced(lane) == Announcement(1, lease_ms=6_000)


async def test_a_lease_that_redis_lacks_is_announced(lane: Lane) -> None:
    await sync_to_async(Processing(lease=timedelta(seconds=20)).save)()
    await lane.command("HDEL", lane.keys.control, "lease_ms")
    await Announcer().turn(Term(lane, 1))
    assert await announcing.announced(lane) == Announcement(1, lease_ms=20_000)


async def test_nothing_is_written_when_redis_knows(lane: Lane) -> None:
    await Announcer().turn(Term(lane, 1))
    assert not await lane.client.exists(lane.keys.control)
    await sync_to_async(ConfigurationVersion.grow)()
    await lane.command("HSET", lane.keys.control, "config_version", "no number")
    await Announcer().turn(Term(lane, 1))
    assert await announcing.announced(lane) == Announcement(1)
