"""How far an order is, in a few words beside its status: attempts used, and the time that matters next."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard.numerals import count
from orderstream.domain.status import OrderStatus, is_final
from orderstream.streams.codec import StoredOrder


@dataclass(frozen=True, slots=True)
class Standing:
    """At most one of the times is there: until when it rests, since when it is worked on, when it ended."""

    text: str
    until_ms: int | None = None
    since_ms: int | None = None
    ended_ms: int | None = None


def standing_of(order: StoredOrder, attempts: int) -> Standing:
    values = {"number": count(order.attempt), "limit": count(attempts), "round": count(order.round)}
    text = _used(order) % values
    if order.round > 1:
        text = _("round %(round)s, %(used)s") % {**values, "used": text}
    if order.status is OrderStatus.RETRYING:
        return Standing(text, until_ms=order.next_attempt_at_ms)
    if order.status is OrderStatus.PROCESSING:
        return Standing(text, since_ms=order.started_at_ms)
    return Standing(text, ended_ms=order.processed_at_ms if _has_ended(order) else None)


def _used(order: StoredOrder) -> str:
    if not order.attempt:
        return _("no attempt yet") if not _has_ended(order) else _("no attempt was made")
    if order.status is OrderStatus.PROCESSING:
        return _("attempt %(number)s of %(limit)s")
    if order.status is OrderStatus.COMPLETED:
        return _("at attempt %(number)s of %(limit)s")
    return _("%(number)s of %(limit)s attempts used")


def _has_ended(order: StoredOrder) -> bool:
    return is_final(order.status) or order.status is OrderStatus.FAILED
