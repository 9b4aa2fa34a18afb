"""How workers that are gone came to their ends, and where those stand that do as they were asked."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from pytest_django import Settings

from dashboard import fleet as fleet_module
from dashboard import gone
from dashboard.worker_ends import Ends
from orderstream import audit
from orderstream.audit import record_async
from orderstream.models import AuditEntry
from orderstream.streams import controlling, outlook
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked, beat, retire
from orderstream.streams.outlook import Mark, Outlook
from tests.access import people
from tests.dashboard.pages import signed_in, text_of
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

LEASE_MS = 60_000
LOST_MS = 5_000_000


@pytest.fixture(autouse=True)
def _read_each_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """A page may show what was read a moment ago for somebody else."""
    monkeypatch.setattr(fleet_module, "AGE_MAX_SECONDS", -1.0)
    settings.ORDERSTREAM_LEASE_SECONDS = timedelta(milliseconds=LEASE_MS)
    gone._kept.clear()


async def alive(lane: Lane, name: str, lease_ms: int = LEASE_MS, **fields: object) -> None:
    await beat(lane, name, lease_ms=lease_ms, sweep_every_ms=10**9, fields=fields)


async def sampled(lane: Lane, name: str, ago_ms: int) -> None:
    at = await lane.now_ms() - ago_ms
    await lane.command("XADD", lane.keys.metrics, f"{at}-0", f"worker:{name}", "4", "at", at)


async def gone_text() -> str:
    text = await text_of(await signed_in("viewer"), "/workers/")
    return text.split("How it ended", 1)[1]


@pytest.mark.parametrize(
    ("action", "reason", "is_lost", "words"),
    [
        ("drain_asked", "too slow", False, "drained, as ann asked: too slow"),
        ("drain_asked", "", False, "drained, as ann asked"),
        ("stop_asked", "leaks", False, "stopped, as ann asked: leaks"),
        ("resume_asked", "", False, "ended where it runs: by itself, or by a signal"),
        ("pause_asked", "noon", False, "ended where it runs: by itself, or by a signal"),
        ("", "", False, "ended where it runs: by itself, or by a signal"),
        ("", "", True, "lost"),
        ("resume_asked", "", True, "lost"),
        ("drain_asked", "too slow", True, "lost, after ann had asked it to drain: too slow"),
        ("stop_asked", "", True, "lost, after ann had asked it to stop"),
        ("forgotten", "gone for good", True, "lost, and forgotten by ann: gone for good"),
        ("forgotten", "", False, "lost, and forgotten by ann"),
    ],
)
def test_each_end_has_its_words(action: str, reason: str, is_lost: bool, words: str) -> None:
    asked = {"w-1": AuditEntry(actor="user:ann", action=action, reason=reason)} if action else {}
    ends = Ends(asked, {"w-1": LOST_MS} if is_lost else {}, LEASE_MS)
    assert ends.words_of("w-1", LOST_MS) == words


def test_one_that_was_seen_long_after_its_loss_had_come_back() -> None:
    ends = Ends({}, {"w-1": LOST_MS}, LEASE_MS)
    assert ends.words_of("w-1", LOST_MS + 70_000) == "lost"
    assert ends.words_of("w-1", LOST_MS + 600_000) == "ended where it runs: by itself, or by a signal"


def test_under_a_long_lease_a_lost_one_is_seen_for_long() -> None:
    assert Ends({}, {"w-1": LOST_MS}, 900_000).words_of("w-1", LOST_MS + 960_000) == "lost"


@pytest.mark.parametrize(("is_lost", "words"), [(True, "lost"), (False, "unknown")])
def test_without_sql_only_a_loss_is_known(is_lost: bool, words: str) -> None:
    ends = Ends(None, {"w-1": LOST_MS} if is_lost else {}, LEASE_MS)
    assert ends.words_of("w-1", LOST_MS) == words


async def test_who_is_gone_says_who_asked_and_why(lane: Lane) -> None:
    await sync_to_async(people.person)(name="haruka", first_name="Haruka", last_name="Mori")
    await sampled(lane, "old", 3_600_000)
    await record_async("user:haruka", "drain_asked", "old", "version 1.8.3 is out")
    assert "4.0 /s drained, as Haruka Mori asked: version 1.8.3 is out" in await gone_text()


async def test_who_asked_is_known_whatever_was_asked_of_others_since(lane: Lane) -> None:
    await sampled(lane, "old", 3_600_000)
    await record_async("user:ann", "drain_asked", "old")
    many = [
        AuditEntry(actor="user:ann", action="pause_asked", subject=f"w-{n}") for n in range(audit.LOOKED_AT)
    ]
    await AuditEntry.objects.abulk_create(many)
    assert "drained, as ann asked" in await gone_text()


async def test_one_that_no_sample_names_is_there_as_well(lane: Lane) -> None:
    """It was there for less than the samples are apart."""
    await alive(lane, "brief")
    await record_async("key:deploy", "stop_asked", "brief")
    await controlling.ask(lane, "brief", Asked.STOP)
    assert "How it ended" not in await text_of(await signed_in("viewer", name="early"), "/workers/")
    await retire(lane, "brief")
    text = await gone_text()
    assert "brief unknown" in text
    assert "unknown stopped, as API key deploy asked" in text


async def test_a_lost_one_is_told_from_one_that_ended_by_itself(lane: Lane) -> None:
    now = await lane.now_ms()
    await sampled(lane, "quiet", 7_200_000)
    await outlook.write(lane, Outlook(now, None, (), (Mark(now - 3_600_000, "worker_lost", "nara-2"),)))
    nara, quiet = (await gone_text()).split("quiet")
    assert "nara-2" in nara
    assert nara.rstrip().endswith("lost")
    assert "ended where it runs: by itself, or by a signal" in quiet


async def test_who_lives_beyond_those_shown_is_not_gone(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_module, "WORKERS_SHOWN", 1)
    for name, hours in (("ann", 3), ("bob", 2), ("old", 1)):
        await sampled(lane, name, hours * 3_600_000)
    await alive(lane, "ann")
    await alive(lane, "bob")
    text = await text_of(await signed_in("viewer"), "/workers/")
    assert "1 more are not shown" in text
    assert "bob" not in text
    assert "old" in text.split("How it ended", 1)[1]


async def test_what_was_asked_longer_ago_than_a_day_names_nobody(lane: Lane) -> None:
    entry = await record_async("user:ann", "drain_asked", "ancient")
    entry.at -= timedelta(days=2)
    await sync_to_async(entry.save)()
    assert "How it ended" not in await text_of(await signed_in("viewer"), "/workers/")


async def test_while_sql_is_away_the_ends_are_unknown(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    await sampled(lane, "old", 3_600_000)

    async def away(*_given: object) -> None:
        raise OperationalError

    monkeypatch.setattr(audit, "newest_since_async", away)
    [found] = await gone.gone(lane, (), await lane.now_ms())
    assert (found.name, found.end) == ("old", "unknown")


@pytest.mark.parametrize(
    ("asked", "mode"), [(Asked.DRAIN, "draining"), (Asked.PAUSE, "paused"), (Asked.STOP, "alive")]
)
async def test_who_does_as_asked_needs_no_look(lane: Lane, asked: Asked, mode: str) -> None:
    await alive(lane, "ann")
    await alive(lane, "bob", mode=mode)
    await controlling.ask(lane, "bob", asked)
    text = await text_of(await signed_in("viewer"), "/workers/now/")
    assert "Needs a look" not in text
    assert text.index("Takes nothing new") < text.index("bob") < text.index("At work", text.index("bob"))


async def test_a_lost_one_that_was_asked_to_end_is_not_called_unasked(lane: Lane) -> None:
    await alive(lane, "ann")
    await controlling.ask(lane, "ann", Asked.DRAIN)
    await record_async("key:deploy", "drain_asked", "ann", "new version")
    await lane.client.zadd(lane.keys.workers, {"ann": await lane.now_ms() - 1})
    text = await text_of(await signed_in("viewer"), "/workers/now/")
    assert "Needs a look" in text
    assert "API key deploy had asked it to end (new version), but it said no goodbye." in text
    assert "not stopped on purpose" not in text
