"""The only way to the audit log: who did what to the installation, and why."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from asgiref.sync import sync_to_async

from orderstream.models.audit import AuditEntry

LOOKED_AT: Final = 200


def record(actor: str, action: str, subject: str = "", reason: str = "", **details: Any) -> AuditEntry:
    """Before the deed, so that nothing happens unrecorded: where SQL is away, nothing is done either."""
    return AuditEntry.objects.create(
        actor=actor, action=action, subject=subject, reason=reason[:500], details=details
    )


def entries(limit: int, before: int | None = None) -> Sequence[AuditEntry]:
    """The newest, or those older than the entry `before`."""
    known = AuditEntry.objects.all()
    return list((known if before is None else known.filter(pk__lt=before))[:limit])


def latest_of(subjects: Collection[str], actions: Collection[str]) -> dict[str, AuditEntry]:
    """For each of these subjects the last of these actions; none that lies further back than LOOKED_AT."""
    found: dict[str, AuditEntry] = {}
    known = AuditEntry.objects.filter(subject__in=subjects, action__in=actions)[:LOOKED_AT]
    for entry in known:
        found.setdefault(entry.subject, entry)
    return found


def newest_since(since: datetime, actions: Collection[str]) -> dict[str, AuditEntry]:
    """For each subject the last of these actions since then; of very many, those of the latest LOOKED_AT."""
    found: dict[str, AuditEntry] = {}
    for entry in AuditEntry.objects.filter(at__gte=since, action__in=actions)[:LOOKED_AT]:
        found.setdefault(entry.subject, entry)
    return found


record_async = sync_to_async(record)
entries_async = sync_to_async(entries)
latest_of_async = sync_to_async(latest_of)
newest_since_async = sync_to_async(newest_since)
