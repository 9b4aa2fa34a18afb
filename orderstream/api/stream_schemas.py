"""What requests about workers, control, audit log and verdict take and are answered, as the documentation
shows it.
"""

from typing import Any, Final

from django.utils.translation import gettext_noop
from ninja import Field, Schema
from pydantic import ConfigDict

from orderstream.access.rights import Right
from orderstream.api.callers import may
from orderstream.api.operating_schemas import REASON, REASON_EXAMPLE, REFUSALS, body_of, examples, object_of
from orderstream.api.schemas import ProblemOut
from orderstream.streams.controlling import State
from orderstream.streams.liveness import CONCURRENCY_MAX, Asked

READ_REFUSALS: Final = (401, 403, 422, 429, 503)
UNKNOWN: Final = gettext_noop("There is no worker of this name. GET /api/workers names them.")
LOST: Final = gettext_noop(
    "This worker is lost: its lease has run out, and it hears nothing. Forget it instead."
)
CONCURRENCY: Final = {"type": "integer", "minimum": 1, "maximum": CONCURRENCY_MAX}


class WorkerOut(Schema):
    """A worker as it was last heard of. Times are Unix milliseconds; null: not known, as of a lost worker."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["worker-1-3f2a1c"])
    state: State
    asked: Asked = Field(description="What an operator asked of it, and nobody has withdrawn yet.")
    in_hand: int
    concurrency: int | None
    concurrency_asked: int | None
    completed: int | None
    failed: int | None
    busy_ms: int | None
    beat_at: int | None
    alive_until: int
    started_at: int | None
    host: str | None
    pid: int | None
    version: str | None


class WorkersOut(Schema):
    """By name. `paused`: nobody begins anything."""

    paused: bool
    workers: list[WorkerOut]


class AskedOut(Schema):
    name: str
    asked: Asked


class ConcurrencyAskedOut(Schema):
    """Null: as the worker was started."""

    name: str
    concurrency_asked: int | None


class ForgottenOut(Schema):
    name: str


class PausedOut(Schema):
    paused: bool


class AuditEntryOut(Schema):
    id: int
    at: str = Field(description="UTC, ISO 8601.", examples=["2026-11-24T19:02:04.000Z"])
    actor: str = Field(examples=["user:mori"])
    action: str = Field(examples=["drain_asked"])
    subject: str = Field(description="A worker's name, for one; empty: the whole installation.")
    reason: str
    details: dict[str, Any]


class AuditOut(Schema):
    """Newest first. `next_before` null: there are no more."""

    entries: list[AuditEntryOut]
    next_before: int | None


class BrokenOut(Schema):
    invariant: str = Field(description="As ARCHITECTURE.md numbers them.", examples=["I6"])
    count: int
    order_ids: list[str] = Field(description="The first 20; empty where no single order is meant.")
    text: str = Field(description="How the first breaks it.", examples=["its status hash is gone"])


class NotJudgedOut(Schema):
    what: str
    count: int


class VerdictOut(Schema):
    """Null, and nothing found, as long as no audit has been through everything."""

    audited_to: str | None = Field(
        description="UTC, ISO 8601. What happened before is judged; it stands still without a keeper.",
        examples=["2026-11-28T14:32:05.120Z"],
    )
    begun: str | None = Field(
        description="When this audit began: damage done later without an event is found by the next one."
    )
    rounds: int = Field(description="So many times that audit has taken in what was new.")
    events: int
    orders: int
    clean: bool | None = Field(
        description="False: there are violations. Null: none, but not all could be judged (`unjudged`), or no"
        " audit has been through everything."
    )
    lost: int = Field(description="Accepted orders that nothing will bring to an end any more.")
    lost_ids: list[str] = Field(description="The first 20.")
    doubled: int = Field(description="Orders that ended more than once.")
    doubled_ids: list[str] = Field(description="The first 20.")
    violations: list[BrokenOut] = Field(description="By invariant; also what is lost or doubled.")
    put_back: int = Field(description="Orders in nobody's pending list that were given back to the sweep.")
    unjudged: list[NotJudgedOut] = Field(description="What could not be judged, as where events are trimmed.")
    share: float | None = Field(
        description="Of the log that a keeper's first audit has read; null once it is through."
    )


def reading(summary: str, answer: type[Schema], right: Right) -> dict[str, Any]:
    return {
        "auth": may(right),
        "response": {200: answer, **dict.fromkeys(READ_REFUSALS, ProblemOut)},
        "summary": summary,
    }


def asking(summary: str, answer: type[Schema] = AskedOut) -> dict[str, Any]:
    """Of one worker; accepted means that it hears it with its next beat."""
    return {
        "auth": may(Right.OPERATE_STREAM),
        "response": {202: answer, **dict.fromkeys((404, 409, *REFUSALS), ProblemOut)},
        "openapi_extra": {"requestBody": reason_body(), **examples({404: UNKNOWN, 409: LOST})},
        "summary": summary,
    }


def asking_concurrency(summary: str) -> dict[str, Any]:
    body = object_of({"concurrency": CONCURRENCY, "reason": REASON}, required=["concurrency"])
    asked = asking(summary, ConcurrencyAskedOut)
    asked["openapi_extra"]["requestBody"] = body_of(body, {"concurrency": 20})
    return asked


def forgetting(summary: str) -> dict[str, Any]:
    pending = "3 orders are pending for this worker; the sweep puts them back first."
    return {
        "auth": may(Right.OPERATE_STREAM),
        "response": {200: ForgottenOut, **dict.fromkeys((404, 409, *REFUSALS), ProblemOut)},
        "openapi_extra": {"requestBody": reason_body(), **examples({404: UNKNOWN, 409: pending})},
        "summary": summary,
    }


def controlling(summary: str) -> dict[str, Any]:
    return {
        "auth": may(Right.OPERATE_STREAM),
        "response": {200: PausedOut, **dict.fromkeys(REFUSALS, ProblemOut)},
        "openapi_extra": {"requestBody": reason_body()},
        "summary": summary,
    }


def reason_body() -> dict[str, Any]:
    return body_of(object_of({"reason": REASON}), {"reason": REASON_EXAMPLE}, required=False)
