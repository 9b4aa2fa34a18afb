"""/api/orders: place one or many, read one, list a span."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import HeaderEx, P, QueryEx, Router, Status

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api import schemas
from orderstream.api.answers import order_out, placed_out
from orderstream.api.callers import READING, caller_of, may
from orderstream.api.idempotency import HEADER
from orderstream.api.json_bodies import read_object
from orderstream.api.placing import draft_of, drafts_of, place_all, place_one
from orderstream.api.problems import Problem
from orderstream.api.spans import boundary, page_cursor, page_size, refuse_unknown
from orderstream.domain.orders import OrderDraft
from orderstream.domain.status import OrderStatus
from orderstream.streams import orders_read
from orderstream.streams.codec import is_order_id
from orderstream.streams.placing import Placed, Replayed

router = Router(tags=["orders"])

PLACING = ("/api/orders", "/api/orders/batch")
KEY_HELP = "Your own text, no blanks or commas; sent again within 24 hours it gives the same order."
SINCE_HELP = "From this time (2026-11-20T19:02:04Z) or order id on, itself included."
UNTIL_HELP = "Up to this time or order id, itself included."
CURSOR_HELP = "The next_cursor of the page before; since, until and limit as they were."
LIST_PARAMETERS = ("since", "until", "limit", "cursor")
DEFAULT_PAGE = 50
LIMIT_HELP = f"1 to {conf.PAGE_ORDERS}; {DEFAULT_PAGE} if absent."

READ_PROBLEMS = dict.fromkeys((401, 403, 404, 422, 429, 503), schemas.ProblemOut)
WRITE_PROBLEMS = dict.fromkeys((400, 401, 403, 409, 413, 415, 422, 429, 503), schemas.ProblemOut)


@router.post(
    "/orders",
    auth=may(Right.PLACE_ORDERS),
    response={201: schemas.OrderOut, 410: schemas.ProblemOut, **WRITE_PROBLEMS},
    openapi_extra=schemas.placing(
        schemas.ORDER, schemas.EXAMPLE, Location=schemas.LOCATION, Idempotent_Replayed=schemas.REPLAYED
    ),
    summary="Place an order",
)
async def place_order(
    request: HttpRequest,
    response: HttpResponse,
    idempotency_key: HeaderEx[str | None, P(alias=HEADER, description=KEY_HELP)] = None,
) -> Status[schemas.OrderOut]:
    """Accepted means stored: the order will be processed. Its way can be followed at Location."""
    draft = draft_of(read_object(request, conf.limits().body_bytes))
    answer = await place_one(draft, idempotency_key, caller_of(request))
    response["Location"] = f"/api/orders/{answer.order_id}"
    _mark(response, [answer])
    return Status(201, await _accepted(draft, answer))


@router.post(
    "/orders/batch",
    auth=may(Right.PLACE_ORDERS),
    response={201: schemas.BatchOut, **WRITE_PROBLEMS},
    openapi_extra=schemas.batch_of(conf.BATCH_ORDERS),
    summary="Place many orders",
)
async def place_batch(
    request: HttpRequest,
    response: HttpResponse,
    idempotency_key: HeaderEx[str | None, P(alias=HEADER, description=KEY_HELP)] = None,
) -> Status[schemas.BatchOut]:
    """All of them are placed, or none."""
    limits = conf.limits()
    drafts = drafts_of(read_object(request, limits.batch_body_bytes), limits.batch_orders)
    answers = await place_all(drafts, idempotency_key, caller_of(request))
    _mark(response, answers)
    replayed = [answer.order_id for answer in answers if isinstance(answer, Replayed)]
    known = await orders_read.by_ids(conf.lane(), replayed) if replayed else {}
    statuses = {answer.order_id: OrderStatus.PENDING for answer in answers if isinstance(answer, Placed)}
    statuses |= {order_id: stored.status for order_id, stored in known.items()}
    accepted = [
        schemas.AcceptedOut(order_id=answer.order_id, status=statuses.get(answer.order_id))
        for answer in answers
    ]
    return Status(201, schemas.BatchOut(orders=accepted))


@router.api_operation(
    READING,
    "/orders/{order_id}",
    auth=may(Right.READ_ORDERS),
    response={200: schemas.OrderOut, **READ_PROBLEMS},
    summary="Read an order",
)
async def read_order(request: HttpRequest, order_id: str) -> schemas.OrderOut:
    """What was asked for and its latest status."""
    refuse_unknown(request, ())
    stored = await orders_read.order(conf.lane(), order_id) if is_order_id(order_id) else None
    if stored is None:
        raise Problem(404, _("There is no order with this id."))
    return order_out(stored)


@router.api_operation(
    READING,
    "/orders",
    auth=may(Right.READ_ORDERS),
    response={200: schemas.OrdersOut, **READ_PROBLEMS},
    summary="List orders",
)
async def list_orders(
    request: HttpRequest,
    since: QueryEx[str | None, P(description=SINCE_HELP)] = None,
    until: QueryEx[str | None, P(description=UNTIL_HELP)] = None,
    limit: QueryEx[str | None, P(description=LIMIT_HELP)] = None,
    cursor: QueryEx[str | None, P(description=CURSOR_HELP)] = None,
) -> schemas.OrdersOut:
    """Newest first, by the time they were placed or by id."""
    refuse_unknown(request, LIST_PARAMETERS)
    page = await orders_read.orders(
        conf.lane(),
        since=boundary("since", since),
        until=boundary("until", until),
        limit=page_size(limit, DEFAULT_PAGE, conf.limits().page_orders),
        cursor=page_cursor(cursor),
    )
    return schemas.OrdersOut(orders=[order_out(order) for order in page.orders], next_cursor=page.next_cursor)


def _mark(response: HttpResponse, answers: list[Placed | Replayed]) -> None:
    if any(isinstance(answer, Replayed) for answer in answers):
        response["Idempotent-Replayed"] = "true"


async def _accepted(draft: OrderDraft, answer: Placed | Replayed) -> schemas.OrderOut:
    """What was placed now is pending; what was placed before has gone its way since, and is read."""
    if isinstance(answer, Placed):
        return placed_out(draft, answer.order_id, answer.created_at_ms)
    stored = await orders_read.order(conf.lane(), answer.order_id)
    if stored is None:
        detail = _("Order %(order_id)s, for which this Idempotency-Key stands, has been removed since.")
        raise Problem(410, detail % {"order_id": answer.order_id})
    return order_out(stored)
