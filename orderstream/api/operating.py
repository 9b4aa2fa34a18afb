"""/api/orders/…/cancel, requeue, discard and notes: what operators do to orders, one or many."""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Final, Protocol

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Router, Status

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import operating_schemas as schemas
from orderstream.api.callers import caller_of
from orderstream.api.limiting import count_batch
from orderstream.api.many import counted, recorded
from orderstream.api.operating_bodies import many_of, note_of, reason_of
from orderstream.api.problems import Problem
from orderstream.api.spans import refuse_unknown
from orderstream.domain.status import OrderStatus, operators_moves
from orderstream.streams import operating
from orderstream.streams.codec import Unreadable, is_order_id
from orderstream.streams.lane import Lane

router = Router(tags=["operating"])

# What an order is once a step has answered so; the other codes are refusals.
STATUS_AFTER: Final[Mapping[str, OrderStatus]] = {
    "cancelled": OrderStatus.CANCELLED,
    "asked": OrderStatus.PROCESSING,
    "requeued": OrderStatus.PENDING,
    "discarded": OrderStatus.CANCELLED,
}
REMEDIES: Final[Mapping[tuple[str, ...], str]] = {
    (): gettext_noop("This order is %(status)s, which is final: nothing can be done to it any more."),
    ("cancel",): gettext_noop("This order is %(status)s; what can be done to it now is: cancel."),
    ("requeue", "discard"): gettext_noop(
        "This order is %(status)s; what can be done to it now is: requeue or discard."
    ),
}


class Step(Protocol):
    def __call__(
        self, lane: Lane, ids: Sequence[str], *, actor: str, reason: str
    ) -> Awaitable[list[str]]: ...


@router.post("/orders/cancel", **schemas.moving_many("Cancel many orders", "cancelled or asked"))
async def cancel_orders(request: HttpRequest) -> schemas.OperatedManyOut:
    """Each by itself: the answer says of each what became of it."""
    return await _move_many(request, operating.cancel, "orders_cancelled")


@router.post("/orders/requeue", **schemas.moving_many("Requeue many dead letters", "requeued"))
async def requeue_orders(request: HttpRequest) -> schemas.OperatedManyOut:
    """Each by itself: the answer says of each what became of it."""
    return await _move_many(request, operating.requeue, "orders_requeued")


@router.post("/orders/discard", **schemas.moving_many("Discard many dead letters", "discarded"))
async def discard_orders(request: HttpRequest) -> schemas.OperatedManyOut:
    """Each by itself: the answer says of each what became of it."""
    return await _move_many(request, operating.discard, "orders_discarded")


@router.post("/orders/{order_id}/cancel", **schemas.moving_one("Cancel an order"))
async def cancel_order(request: HttpRequest, order_id: str) -> schemas.OperatedOut:
    """At once when nobody works on it. Else it is asked (code asked): its worker cuts it short within two
    seconds, but a completion that comes first counts."""
    return await _move_one(request, order_id, operating.cancel)


@router.post("/orders/{order_id}/requeue", **schemas.moving_one("Requeue a dead letter"))
async def requeue_order(request: HttpRequest, order_id: str) -> schemas.OperatedOut:
    """It is pending at once, under its old id, as a new round with all its attempts before it."""
    return await _move_one(request, order_id, operating.requeue)


@router.post("/orders/{order_id}/discard", **schemas.moving_one("Discard a dead letter"))
async def discard_order(request: HttpRequest, order_id: str) -> schemas.OperatedOut:
    """It is given up for good, and cancelled."""
    return await _move_one(request, order_id, operating.discard)


@router.post("/orders/{order_id}/notes", **schemas.noting())
async def note_order(request: HttpRequest, order_id: str) -> Status[schemas.NotedOut]:
    """It stands among the order's events. The status stays, the version is one more."""
    refuse_unknown(request, ())
    text = note_of(request)
    if not is_order_id(order_id):
        raise _missing()
    code, version = await operating.note(conf.lane(), order_id, text, actor=caller_of(request).actor)
    if code != "noted":
        raise _refusal(order_id, code)
    return Status(201, schemas.NotedOut(order_id=order_id, version=version))


async def _move_one(request: HttpRequest, order_id: str, step: Step) -> schemas.OperatedOut:
    refuse_unknown(request, ())
    reason = reason_of(request)
    if not is_order_id(order_id):
        raise _missing()
    lane = conf.lane()
    [code] = await step(lane, [order_id], actor=caller_of(request).actor, reason=reason)
    if code == "refused":
        status = await operating.status_of(lane, order_id)
        raise Problem(409, _(REMEDIES[operators_moves(status)]) % {"status": status.value})
    if code not in STATUS_AFTER:
        raise _refusal(order_id, code)
    return schemas.OperatedOut(
        order_id=order_id,
        code=code,  # type: ignore[arg-type] # one of the keys above
        status=STATUS_AFTER[code],
    )


async def _move_many(request: HttpRequest, step: Step, action: str) -> schemas.OperatedManyOut:
    refuse_unknown(request, ())
    many, caller = many_of(request), caller_of(request)
    await count_batch(caller, Right.OPERATE_ORDERS, len(many.orders))
    deed = await recorded(caller.actor, action, many)
    codes = await step(conf.lane(), many.orders, actor=caller.actor, reason=many.reason)
    done = sum(code in STATUS_AFTER for code in codes)
    await counted(deed, done)
    return schemas.OperatedManyOut(
        orders=[
            schemas.CodeOut(order_id=i, code=code)  # type: ignore[arg-type] # those the steps name
            for i, code in zip(many.orders, codes, strict=True)
        ],
        done=done,
        deed=deed,
    )


def _missing() -> Problem:
    return Problem(404, _("There is no order with this id."))


def _refusal(order_id: str, code: str) -> Exception:
    if code == "missing":
        return _missing()
    if code == "gone":
        return Problem(410, _(schemas.ENTRY_GONE))
    return Unreadable(f"status of order {order_id}")
