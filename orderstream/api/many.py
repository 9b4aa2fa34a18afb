"""One entry of the audit log for each deed on many orders, in however many portions it is sent."""

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext as _

from orderstream.api.field_errors import field_error, invalid
from orderstream.api.operating_bodies import DEED, Many
from orderstream.audit import continued_async, count_done_async, record_async

logger = structlog.get_logger(__name__)


async def recorded(actor: str, action: str, many: Many) -> int:
    """The entry's number, before anything is done; 422 when this is no portion of the deed that it names."""
    orders = len(many.orders)
    if many.deed is None:
        return (await record_async(actor, action, "", many.reason, orders=orders, done=0)).pk
    if not await continued_async(many.deed, actor, action, many.reason, orders):
        message = _("Must be the deed that an earlier portion was answered with, by whom and why as then.")
        raise invalid([field_error(DEED, message)])
    return many.deed


async def counted(deed: int, done: int) -> None:
    """The orders have been moved: that SQL is away by now must not look as if they had not."""
    try:
        await count_done_async(deed, done)
    except DatabaseError as error:
        logger.warning("deed not counted", deed=deed, done=done, error=type(error).__name__)
