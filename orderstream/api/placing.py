"""Places what a request asks for: validates it, hands it to the one step, makes problems of its answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orderstream import conf
from orderstream.access.callers import Caller
from orderstream.access.rights import Right
from orderstream.api import limiting
from orderstream.api.field_errors import field_error, invalid
from orderstream.api.idempotency import placements
from orderstream.api.problems import Problem
from orderstream.domain.drafts import InvalidOrder, draft_from
from orderstream.domain.orders import OrderDraft
from orderstream.streams.placing import (
    Busy,
    Conflict,
    NotReplicated,
    Placed,
    Replayed,
    Shortage,
    place,
)


def draft_of(given: Mapping[str, Any]) -> OrderDraft:
    try:
        return draft_from(given)
    except InvalidOrder as wrong:
        raise invalid(_field_errors(wrong)) from None


def drafts_of(given: Mapping[str, Any], most: int) -> list[OrderDraft]:
    """The orders of a batch; a problem names the index, as in orders[3].quantity."""
    errors = [field_error(name, _("Unknown field. Known is orders.")) for name in given if name != "orders"]
    orders = given.get("orders")
    if not isinstance(orders, list) or not 1 <= len(orders) <= most:
        message = _("Must be a list of 1 to %(most)s orders; send more in several requests.")
        raise invalid([*errors, field_error("orders", message % {"most": most})])
    drafts = []
    for index, order in enumerate(orders):
        if not isinstance(order, dict):
            errors.append(field_error(f"orders[{index}]", _("Must be an object.")))
            continue
        try:
            drafts.append(draft_from(order))
        except InvalidOrder as wrong:
            errors += _field_errors(wrong, f"orders[{index}].")
    if errors:
        raise invalid(errors)
    return drafts


async def place_one(draft: OrderDraft, key: str | None, caller: Caller) -> Placed | Replayed:
    """Problem 409, 429 or 503 where it was not; 503 with `order_id` where it was and is not replicated."""
    try:
        [answer] = await _placed([draft], key, caller)
    except NotReplicated as short:
        [order_id] = short.order_ids
        raise _not_replicated(short, key, {"order_id": order_id}) from None
    return answer


async def place_all(drafts: Sequence[OrderDraft], key: str | None, caller: Caller) -> list[Placed | Replayed]:
    """All of them or none, in one step; Problem 409, 429 or 503 for none; 503 with `orders` as with one."""
    try:
        return await _placed(drafts, key, caller)
    except NotReplicated as short:
        ids = [{"order_id": order_id} for order_id in short.order_ids]
        raise _not_replicated(short, key, {"orders": ids}) from None


async def _placed(drafts: Sequence[OrderDraft], key: str | None, caller: Caller) -> list[Placed | Replayed]:
    await limiting.count_batch(caller, Right.PLACE_ORDERS, len(drafts))
    limits = conf.limits()
    answers = await place(
        conf.lane(),
        placements(drafts, key, caller),
        actor=caller.actor,
        backlog_limit=limits.backlog,
        key_ttl=limits.key_ttl,
    )
    if any(isinstance(answer, Conflict) for answer in answers):
        detail = _("This Idempotency-Key was used for another body; send a new key, or the first body again.")
        raise Problem(409, detail)
    if Busy(Shortage.MEMORY) in answers:
        raise Problem(503, _("The server's memory is full; nothing was placed."), headers=_later())
    if Busy(Shortage.BACKLOG) in answers:
        raise Problem(503, _("Too many orders are waiting; nothing was placed."), headers=_later())
    return [answer for answer in answers if isinstance(answer, Placed | Replayed)]


def _not_replicated(short: NotReplicated, key: str | None, members: Mapping[str, object]) -> Problem:
    count = len(short.order_ids)
    detail = ngettext(
        "Accepted, not yet replicated: the order is placed, and %(seen)s of %(replicas)s replicas have it.",
        "Accepted, not yet replicated: all are placed, and %(seen)s of %(replicas)s replicas have them.",
        count,
    ) % {"seen": short.seen, "replicas": short.replicas}
    if key is None:
        more = _("There was no Idempotency-Key: sending it again would place it again.")
    else:
        more = _(
            "Send the same again with the same Idempotency-Key: that places nothing more, and asks again."
        )
    return Problem(503, f"{detail} {more}", headers=_later(), members=members)


def _later() -> dict[str, str]:
    return {"Retry-After": str(round(conf.limits().retry_after.total_seconds()))}


def _field_errors(wrong: InvalidOrder, prefix: str = "") -> list[dict[str, str]]:
    return [field_error(prefix + problem.field, problem.text(_)) for problem in wrong.problems]
