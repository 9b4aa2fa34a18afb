"""/api/audit: what operators did to the installation, newest first."""

from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import P, QueryEx, Router

from orderstream.access.rights import Right
from orderstream.api import stream_schemas as schemas
from orderstream.api.answers import iso
from orderstream.api.callers import READING
from orderstream.api.field_errors import field_error
from orderstream.api.problems import Problem
from orderstream.api.spans import page_size, refuse_unknown
from orderstream.audit import entries_async
from orderstream.models import AuditEntry

router = Router(tags=["audit"])

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 500
LIMIT_HELP: Final = f"1 to {LARGEST_PAGE}; {DEFAULT_PAGE} if absent."
BEFORE_HELP: Final = "The next_before of the page before."


@router.api_operation(
    READING, "/audit", **schemas.reading("Read the audit log", schemas.AuditOut, Right.OPERATE_STREAM)
)
async def read_audit(
    request: HttpRequest,
    limit: QueryEx[str | None, P(description=LIMIT_HELP)] = None,
    before: QueryEx[str | None, P(description=BEFORE_HELP)] = None,
) -> schemas.AuditOut:
    """What is done to one order stands in its own events."""
    refuse_unknown(request, ("limit", "before"))
    size = page_size(limit, DEFAULT_PAGE, LARGEST_PAGE)
    found = await entries_async(size + 1, _cursor(before))
    shown = found[:size]
    return schemas.AuditOut(
        entries=[_out(entry) for entry in shown], next_before=shown[-1].pk if len(found) > size else None
    )


def _cursor(text: str | None) -> int | None:
    if not text:
        return None
    # At most what SQL can compare: a whole number of 64 bits.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        message = _("Use the next_before of the page before, as it was.")
        raise Problem(422, _("A parameter is wrong."), errors=[field_error("before", message)])
    return int(text)


def _out(entry: AuditEntry) -> schemas.AuditEntryOut:
    return schemas.AuditEntryOut(
        id=entry.pk,
        at=iso(round(entry.at.timestamp() * 1000)),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        reason=entry.reason,
        details=entry.details,
    )
