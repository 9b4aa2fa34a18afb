"""The audit log: who, what, of what, why, with details; the newest first."""

import pytest

from orderstream.audit import record, record_async
from orderstream.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_and_why() -> None:
    record("user:mori", "drain_asked", "nara-2-c3f8", "too slow", drain=True)
    [entry] = AuditEntry.objects.all()
    assert str(entry) == "user:mori drain_asked nara-2-c3f8"
    assert (entry.reason, entry.details) == ("too slow", {"drain": True})
    assert entry.at is not None


def test_a_reason_beyond_its_bound_is_cut_and_refuses_nothing() -> None:
    assert len(record("key:shop", "paused", reason="ä" * 900).reason) == 500


def test_the_newest_comes_first() -> None:
    for action in ("paused", "resumed"):
        record("user:mori", action)
    assert [entry.action for entry in AuditEntry.objects.all()] == ["resumed", "paused"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
async def test_it_is_written_from_an_event_loop_too() -> None:
    await record_async("user:mori", "paused")
    assert await AuditEntry.objects.acount() == 1
