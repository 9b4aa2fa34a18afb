"""What the API takes and answers, as its documentation shows it; the rules are those of domain/drafts.py."""

from http import HTTPStatus
from typing import Any, Final

from ninja import Field, Schema
from pydantic import ConfigDict

from orderstream.domain import drafts
from orderstream.domain.events import EventType
from orderstream.domain.status import OrderStatus
from orderstream.streams.outlook import MarkKind

EXAMPLE: Final = {
    "customer_id": "C-1042",
    "product_id": "SKU-7",
    "quantity": 2,
    "price": "4.15",
    "note": "Leave at the door",
    "reference": "PO-881",
}
ORDER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["customer_id", "product_id", "quantity", "price"],
    "additionalProperties": False,
    "properties": {
        "customer_id": {"type": "string", "minLength": 1, "maxLength": drafts.ID_LENGTH},
        "product_id": {"type": "string", "minLength": 1, "maxLength": drafts.ID_LENGTH},
        "quantity": {"type": "integer", "minimum": 1, "maximum": drafts.QUANTITY_MAX},
        "price": {
            "description": "More than 0, at most 4 decimal places. As text nothing can round it on the way.",
            "oneOf": [
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
                {"type": "number", "exclusiveMinimum": 0, "maximum": int(drafts.PRICE_MAX)},
            ],
        },
        "note": {"type": "string", "maxLength": drafts.NOTE_LENGTH},
        "reference": {"type": "string", "maxLength": drafts.REFERENCE_LENGTH},
    },
}


PROBLEMS: Final = {
    400: "The body is not JSON at line 1, column 12.",
    401: "Sign in, or send an API key as Authorization: Bearer <key>.",
    403: "You have no right to do this. "
    "It takes orderstream.place_orders, for an API key the scope orders:place.",
    404: "There is no order with this id.",
    409: "This Idempotency-Key was used for another body; send a new key, or the first body again.",
    410: "Order 1795203724000-0, for which this Idempotency-Key stands, has been removed since.",
    413: "The body has 70000 bytes; at most 64000 are taken.",
    415: "Send JSON in UTF-8, not compressed, with Content-Type: application/json.",
    422: "A field is wrong.",
    429: "You have sent too much in a short time; nothing was done. Try again in 2 seconds.",
    503: "Too many orders are waiting; nothing was placed.",
}
REPLAYED: Final = {"description": "true when the Idempotency-Key was known.", "schema": {"type": "string"}}
LOCATION: Final = {"description": "Where the order can be read.", "schema": {"type": "string"}}


def problem_example(status: int, detail: str | None = None) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or PROBLEMS[status],
    }
    if status == 422:
        message = "Quantity is 1 to 10,000. For more, place two orders."
        example["errors"] = [{"field": "quantity", "message": message}]
    return example


def placing(schema: dict[str, Any], example: dict[str, Any], **headers: dict[str, Any]) -> dict[str, Any]:
    """What ninja cannot know of an operation that reads its body itself."""
    shown = {name.replace("_", "-"): header for name, header in headers.items()}
    content = {"application/json": {"schema": schema, "example": example}}
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {201: {"headers": shown}},
    }


def batch_of(most: int) -> dict[str, Any]:
    orders = {"type": "array", "minItems": 1, "maxItems": most, "items": ORDER}
    schema = {
        "type": "object",
        "required": ["orders"],
        "additionalProperties": False,
        "properties": {"orders": orders},
    }
    return placing(schema, {"orders": [EXAMPLE]}, Idempotent_Replayed=REPLAYED)


class FieldErrorOut(Schema):
    """One thing that is wrong, and what would be right."""

    field: str = Field(examples=["orders[3].quantity"])
    message: str = Field(examples=["Quantity is 1 to 10,000. For more, place two orders."])


class OrderIdOut(Schema):
    order_id: str = Field(examples=["1795203724000-0"])


class ProblemOut(Schema):
    """Problem details (RFC 9457)."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str
    errors: list[FieldErrorOut] | None = None
    order_id: str | None = Field(None, description="Of an order that is accepted, not yet replicated.")
    orders: list[OrderIdOut] | None = Field(None, description="The same of a batch.")


class OrderOut(Schema):
    """An order: what was asked for and what has become of it. A field that says nothing is null."""

    order_id: str = Field(examples=["1795203724000-0"])
    status: OrderStatus
    version: int
    customer_id: str | None
    product_id: str | None
    quantity: int | None
    price: str | None = Field(examples=["4.15"])
    amount: str | None = Field(description="Quantity times price, exact.", examples=["8.30"])
    note: str | None
    reference: str | None
    created_at: str = Field(description="UTC, ISO 8601.", examples=["2026-11-20T19:02:04.000Z"])
    started_at: str | None
    processed_at: str | None
    processing_time: float | None = Field(description="Seconds that the last attempt took.")
    worker_id: str | None
    round: int
    attempt: int
    next_attempt_at: str | None
    error: str | None


class AcceptedOut(Schema):
    order_id: str = Field(examples=["1795203724000-0"])
    status: OrderStatus | None = Field(description="Null: placed by this Idempotency-Key, and removed since.")


class BatchOut(Schema):
    """In the order of the request."""

    orders: list[AcceptedOut]


class OrdersOut(Schema):
    """Newest first. `next_cursor` null: there are no more."""

    orders: list[OrderOut]
    next_cursor: str | None


class EventOut(Schema):
    """One recorded change of an order."""

    # ninja reads the finished value once more, by its attributes: there `from` is called `from_`.
    model_config = ConfigDict(populate_by_name=True)

    event_id: str
    type: EventType
    version: int
    from_: str = Field(alias="from", description="Empty for the order's first event.")
    to: str
    at: str = Field(description="UTC, ISO 8601.")
    actor: str = Field(examples=["worker:worker-1-3f2a"])
    fields: dict[str, str] = Field(description="What else this type of event records.")


class EventsOut(Schema):
    """In the order in which they happened."""

    order_id: str
    events: list[EventOut]


class MarkOut(Schema):
    at: int = Field(description="Unix time in ms.")
    kind: MarkKind
    worker: str = Field(description="Empty: it was about no single worker.")


class MetricsOut(Schema):
    """Columns: the n-th value of each belongs to the bucket that begins at the n-th of `at`."""

    step_ms: int = Field(description="Width of a bucket.", examples=[2000])
    at: list[int] = Field(description="Where each bucket begins, Unix time in ms.")
    figures: dict[str, list[float | None]] = Field(
        description="By name. Mean of the bucket, for percentiles its maximum; null: nothing was measured."
    )
    workers: dict[str, list[float | None]] = Field(description="Completed orders per second, by worker.")
    marks: list[MarkOut] = Field(description="What happened within the span and changed everything after it.")


class PlaceOut(Schema):
    id: str = Field(description="Of the product or customer.", examples=["85123A"])
    orders: int
    amount: str = Field(description="Exact sum of quantity times price.", examples=["12480.50"])


class PlacesOut(Schema):
    """Ten at most, the first place first."""

    by_orders: list[PlaceOut]
    by_amount: list[PlaceOut]


class RankingOut(Schema):
    """Of the orders accepted from `since` up to `until`: an hour, and up to five minutes more."""

    since: str | None = Field(description="UTC, ISO 8601.", examples=["2026-11-20T18:00:00.000Z"])
    until: str | None
    is_exact: bool = Field(description="False: more names came than are kept, and figures are lower bounds.")
    missed: int = Field(description="So many orders a figure may be too low.")
    products: PlacesOut
    customers: PlacesOut
