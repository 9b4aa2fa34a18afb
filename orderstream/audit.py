"""The only way to the audit log: who did what to the installation, and why."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import Max

from orderstream.models.audit import AuditEntry

LOOKED_AT: Final = 200


def record(actor: str, action: str, subject: str = "", reason: str = "", **details: Any) -> AuditEntry:
    """Before the deed, so that nothing happens unrecorded: where SQL is away, nothing is done either."""
    return AuditEntry.objects.create(
        actor=actor, action=action, subject=subject, reason=reason[:500], details=details
    )


def continued(entry_id: int, actor: str, action: str, reason: str, orders: int) -> bool:
    """Count a further portion of orders to a deed on many, before it is done. False: there is no such entry,
    or it tells of another deed."""
    with transaction.atomic():
        known = AuditEntry.objects.select_for_update()
        entry = known.filter(pk=entry_id, actor=actor, action=action, reason=reason[:500]).first()
        if entry is None or not isinstance(entry.details.get("orders"), int):
            return False
        entry.details["orders"] += orders
        entry.save(update_fields=["details"])
        return True


def count_done(entry_id: int, done: int) -> None:
    """How many of a portion's orders were moved."""
    with transaction.atomic():
        entry = AuditEntry.objects.select_for_update().get(pk=entry_id)
        entry.details["done"] += done
        entry.save(update_fields=["details"])


def entries(limit: int, before: int | None = None) -> Sequence[AuditEntry]:
    """The newest, or those older than the entry `before`."""
    known = AuditEntry.objects.all()
    return list((known if before is None else known.filter(pk__lt=before))[:limit])


def latest_of(subjects: Collection[str], actions: Collection[str]) -> dict[str, AuditEntry]:
    """For each of these subjects the last of these actions; none that lies further back than LOOKED_AT."""
    return _first_of_each(AuditEntry.objects.filter(subject__in=subjects, action__in=actions)[:LOOKED_AT])


def newest_since(
    since: datetime, actions: Collection[str], subjects: Collection[str]
) -> dict[str, AuditEntry]:
    """For each of these subjects the last of these actions since then, and for whatever other subjects there
    are among the latest LOOKED_AT."""
    known = AuditEntry.objects.filter(at__gte=since, action__in=actions)
    last = known.filter(subject__in=subjects).values("subject").order_by().annotate(last=Max("pk"))
    return _first_of_each([*AuditEntry.objects.filter(pk__in=last.values("last")), *known[:LOOKED_AT]])


def _first_of_each(entries: Iterable[AuditEntry]) -> dict[str, AuditEntry]:
    found: dict[str, AuditEntry] = {}
    for entry in entries:
        found.setdefault(entry.subject, entry)
    return found


record_async = sync_to_async(record)
continued_async = sync_to_async(continued)
count_done_async = sync_to_async(count_done)
entries_async = sync_to_async(entries)
latest_of_async = sync_to_async(latest_of)
newest_since_async = sync_to_async(newest_since)
