"""What operators' requests take and are answered, as the documentation shows it."""

from typing import Any, Final, Literal

from django.utils.translation import gettext_noop
from ninja import Field, Schema

from orderstream import conf
from orderstream.access.rights import Right
from orderstream.api.callers import may
from orderstream.api.schemas import ProblemOut
from orderstream.domain.drafts import NOTE_LENGTH
from orderstream.domain.remarks import REASON_BYTES
from orderstream.domain.status import OrderStatus

REFUSALS: Final = (400, 401, 403, 413, 415, 422, 429, 503)
ID_EXAMPLE: Final = "1795203724000-0"
REASON: Final[dict[str, Any]] = {
    "type": "string",
    "maxLength": REASON_BYTES,
    "description": "Why; it stands in the order's events. Counted in bytes of UTF-8.",
}
DEED: Final[dict[str, Any]] = {
    "type": "integer",
    "minimum": 1,
    "description": "Of an earlier portion's answer: then both are one entry in the audit log.",
}
REASON_EXAMPLE: Final = "the customer called"
STATES_NOW: Final = "This order is completed, which is final: nothing can be done to it any more."
ENTRY_GONE: Final = gettext_noop("This order's entry is gone from the stream; it can only be discarded.")

Code = Literal["cancelled", "asked", "requeued", "discarded"]
Refusal = Literal["refused", "missing", "gone", "broken"]


class OperatedOut(Schema):
    order_id: str = Field(examples=[ID_EXAMPLE])
    code: Code = Field(description="asked: its worker is told; a completion that comes first counts.")
    status: OrderStatus


class CodeOut(Schema):
    order_id: str = Field(examples=[ID_EXAMPLE])
    code: Code | Refusal


class OperatedManyOut(Schema):
    """In the order of the request."""

    orders: list[CodeOut]
    done: int = Field(description="How many were not refused, missing, gone or broken.")
    deed: int = Field(description="Its entry in the audit log; further portions of the same deed name it.")


class NotedOut(Schema):
    order_id: str = Field(examples=[ID_EXAMPLE])
    version: int = Field(description="Of the order, as the note made it.")


def moving_one(summary: str) -> dict[str, Any]:
    """How an operation on one order stands in the documentation, and who may call it."""
    body = object_of({"reason": REASON})
    return {
        "auth": may(Right.OPERATE_ORDERS),
        "response": {200: OperatedOut, **dict.fromkeys((404, 409, 410, *REFUSALS), ProblemOut)},
        "openapi_extra": {
            "requestBody": body_of(body, {"reason": REASON_EXAMPLE}, required=False),
            **examples({409: STATES_NOW, 410: ENTRY_GONE}),
        },
        "summary": summary,
    }


def moving_many(summary: str, codes: str) -> dict[str, Any]:
    ids = {"type": "array", "minItems": 1, "maxItems": conf.BATCH_ORDERS, "items": {"type": "string"}}
    fields = {"orders": ids | {"uniqueItems": True}, "reason": REASON, "deed": DEED}
    body = object_of(fields, required=["orders"])
    example = {"orders": [ID_EXAMPLE], "reason": REASON_EXAMPLE}
    return {
        "auth": may(Right.OPERATE_ORDERS),
        "response": {200: OperatedManyOut, **dict.fromkeys(REFUSALS, ProblemOut)},
        "openapi_extra": {
            "requestBody": body_of(body, example),
            "responses": {200: {"description": f"Of each order: {codes}, or why not."}},
        },
        "summary": summary,
    }


def noting() -> dict[str, Any]:
    body = object_of(
        {"text": {"type": "string", "minLength": 1, "maxLength": NOTE_LENGTH}}, required=["text"]
    )
    return {
        "auth": may(Right.OPERATE_ORDERS),
        "response": {201: NotedOut, **dict.fromkeys((404, *REFUSALS), ProblemOut)},
        "openapi_extra": {"requestBody": body_of(body, {"text": "Customer wants it by Friday."})},
        "summary": "Write a note on an order",
    }


def object_of(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


def body_of(schema: dict[str, Any], example: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"required": required, "content": content}


def examples(details: dict[int, str]) -> dict[str, Any]:
    """What a refusal says here, where it says something else than elsewhere."""
    return {"responses": {status: {"x-detail": detail} for status, detail in details.items()}}
