"""What somebody may do to an order now, as buttons: each says what will happen before it asks the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.numerals import head_and_tail
from dashboard.viewers import Viewer
from orderstream.access.rights import Right
from orderstream.domain.status import OrderStatus, operators_moves
from orderstream.streams.codec import StoredOrder

# A second round cannot end otherwise: there is no entry to work on, or what is there is no order.
_HOPELESS: Final = frozenset({"EntryLost", "InvalidOrder"})


@dataclass(frozen=True, slots=True)
class Deed:
    """A button with a dialog behind it (js/deeds.js)."""

    name: str
    label: str
    icon: str
    key: str
    url: str
    title: str
    explain: str
    do: str
    keep: str
    done: str
    is_danger: bool = False


def deeds_of(order: StoredOrder, viewer: Viewer) -> Sequence[Deed]:
    """None for those without the right; the API asks again. A cancel is asked once."""
    if not viewer.caller.may(Right.OPERATE_ORDERS):
        return ()
    moves = operators_moves(order.status)
    is_hopeless = order.error in _HOPELESS and order.status is OrderStatus.FAILED
    deeds = []
    if "requeue" in moves and not is_hopeless:
        deeds.append(_requeue(order))
    if "cancel" in moves and not order.cancel_asked_by:
        deeds.append(_cancel(order))
    if "discard" in moves:
        deeds.append(_discard(order))
    return deeds


def _requeue(order: StoredOrder) -> Deed:
    return Deed(
        name="requeue",
        label=_("Retry…"),
        icon="retrying",
        key="r",
        url=reverse("api-1:requeue_order", args=[order.id]),
        title=_("Retry order …%(tail)s?") % _tail(order),
        explain=_("It is pending at once, under its own id, as a new round with all its attempts before it."),
        do=_("Retry it"),
        keep=_("Leave it"),
        done=_("The order was sent back."),
    )


def _cancel(order: StoredOrder) -> Deed:
    explain = _("It is not processed any more. This cannot be taken back.")
    if order.status is OrderStatus.PROCESSING:
        explain = _(
            "%(worker)s is at work on it and is told to cut it short within two seconds."
            " Should it complete before, that counts."
        ) % {"worker": order.worker_id or "?"}
    return Deed(
        name="cancel",
        label=_("Cancel…"),
        icon="",
        key="c",
        url=reverse("api-1:cancel_order", args=[order.id]),
        title=_("Cancel order …%(tail)s?") % _tail(order),
        explain=explain,
        do=_("Cancel the order"),
        keep=_("Keep it"),
        done=_("The order was cancelled, or its worker is told."),
        is_danger=True,
    )


def _discard(order: StoredOrder) -> Deed:
    return Deed(
        name="discard",
        label=_("Discard…"),
        icon="",
        key="d",
        url=reverse("api-1:discard_order", args=[order.id]),
        title=_("Discard order …%(tail)s?") % _tail(order),
        explain=_("It is given up for good and becomes cancelled. This cannot be taken back."),
        do=_("Discard the order"),
        keep=_("Keep it"),
        done=_("The order was discarded."),
        is_danger=True,
    )


def _tail(order: StoredOrder) -> dict[str, str]:
    return {"tail": head_and_tail(order.id)[1]}
