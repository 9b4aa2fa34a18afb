"""/api/orders/{id}/events: an order's way, change by change."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import schemas
from orderstream.api.answers import event_out
from orderstream.api.callers import READING, may
from orderstream.api.problems import Problem
from orderstream.api.spans import refuse_unknown
from orderstream.streams import events_log, orders_read
from orderstream.streams.codec import is_order_id

router = Router(tags=["orders"])


@router.api_operation(
    READING,
    "/orders/{order_id}/events",
    auth=may(Right.READ_ORDERS),
    response={200: schemas.EventsOut, **dict.fromkeys((401, 403, 404, 422, 429, 503), schemas.ProblemOut)},
    summary="Read an order's events",
    by_alias=True,
)
async def read_events(request: HttpRequest, order_id: str) -> schemas.EventsOut:
    """Who did what to it, and when."""
    refuse_unknown(request, ())
    lane = conf.lane()
    # Without one the log would be looked through from there to its end.
    if not is_order_id(order_id) or not await orders_read.is_known(lane, order_id):
        raise Problem(404, _("There is no order with this id."))
    events = await events_log.events_of(lane, order_id)
    return schemas.EventsOut(order_id=order_id, events=[event_out(event) for event in events])
