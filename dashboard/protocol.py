"""The only speller of messages on the board's socket: what each says and what it asks of the client.

All values are absolute, so applying a message twice or missing one is harmless. A figure that is null is
unknown, never 0. A client that comes back names the last cursor it applied: /ws/board/?cursor=<cursor>.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from dashboard.cursors import Cursor
from dashboard.judgements import Alarm, Charted, Flow, Ranking, Verdict

INWARD_LENGTH: Final = 256  # characters; an acknowledgement has under 100

CLOSE_BAD_MESSAGE: Final = 4400
CLOSE_SIGNED_OUT: Final = 4401
CLOSE_FORBIDDEN: Final = 4403
CLOSE_UNACKNOWLEDGED: Final = 4408
CLOSE_FLOODED: Final = 4429
# Like RFC 6455's 1011 and 1012, which Autobahn refuses to send for an application; reconnect after either.
CLOSE_BROKEN: Final = 4011
CLOSE_RESTARTING: Final = 4012


@dataclass(frozen=True)
class Totals:
    """Orders by status now, and how many ever came in."""

    placed: int
    adopted: int
    pending: int
    processing: int
    retrying: int
    completed: int
    failed: int
    cancelled: int


@dataclass(frozen=True)
class Rates:
    """Per second over about the last 5 s; None until two readings exist."""

    placed: float | None = None
    completed: float | None = None
    failed: float | None = None


UNKNOWN_RATES: Final = Rates()


@dataclass(frozen=True)
class Oldest:
    """The unfinished order that waits longest; `since` is the ms it was placed."""

    order_id: str
    status: str
    since: int


@dataclass(frozen=True)
class Slots:
    """Attempts running and possible, over the workers believed alive."""

    used: int
    all: int


@dataclass(frozen=True)
class Percentiles:
    """Seconds, over the keeper's last window."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Targets:
    """Seconds that orders should keep within, waiting and being processed."""

    waiting: float
    processing: float


@dataclass(frozen=True)
class Memory:
    """Bytes of the Redis server; `limit` is None when it has none.

    `is_growing` as the last hour went, None while that is not known. `full_in`: seconds until it is full, to
    two digits; None when it does not grow or for more than a year."""

    used: int
    limit: int | None
    is_growing: bool | None = None
    full_in: int | None = None


@dataclass(frozen=True)
class Figures:
    """The numbers of the whole installation. None is unknown."""

    totals: Totals | None = None
    lag: int | None = None
    in_hand: int | None = None
    waiting: int | None = None
    rates: Rates = UNKNOWN_RATES
    oldest: Oldest | None = None
    waiting_since: int | None = None
    """When the first order was placed that nobody was handed yet, in ms."""
    slots: Slots | None = None
    next_retry_at: int | None = None
    waiting_time: Percentiles | None = None
    processing_time: Percentiles | None = None
    targets: Targets | None = None
    memory: Memory | None = None
    paused: bool = False
    calm_until: int | None = None
    completed_15m: int | None = None
    first_15m: float | None = None
    """Share of these that completed at their first attempt."""
    sample: Charted | None = None
    flow: Flow | None = None
    alarms: tuple[Alarm, ...] = ()
    ranking: Ranking | None = None
    verdict: Verdict | None = None
    redis: Literal["ok", "away"] = "ok"


@dataclass(frozen=True)
class WorkerRow:
    """One worker. `rate` in orders/s, `p95` in s, `beat_at` and `started_at` in ms."""

    name: str
    state: Literal["alive", "paused", "draining", "lost"]
    rate: float | None
    in_hand: int
    concurrency: int | None
    completed: int | None
    failed: int | None
    beat_at: int | None
    host: str | None
    pid: int | None
    started_at: int | None
    p95: float | None = None


@dataclass(frozen=True)
class OrderRow:
    """One order. Amounts are decimal text; what an entry that is no order lacks is None."""

    id: str
    version: int
    status: str
    customer_id: str | None
    product_id: str | None
    quantity: int | None
    price: str | None
    amount: str | None
    created_at: int | None
    worker: str | None
    attempt: int
    error: str | None
    next_attempt_at: int | None


@dataclass(frozen=True)
class Snapshot:
    """The whole picture; `orders` newest first, at most 50.

    It replaces all that is shown, even when its cursor is earlier: a failover takes the truth itself back.
    """

    type: ClassVar[str] = "snapshot"

    cursor: Cursor
    at: int
    figures: Figures
    workers: tuple[WorkerRow, ...]
    orders: tuple[OrderRow, ...]


@dataclass(frozen=True)
class Frame:
    """What changed. Absent `figures` and `workers` did not; present ones are whole.

    Ignored when its cursor is EARLIER than the one shown; an equal cursor is applied, for figures move while
    no order does. A row is applied only if its version is later than the one shown (I11); the 50 greatest ids
    then stay. `left_out` orders were placed besides, but newer ones took their places.
    """

    type: ClassVar[str] = "frame"

    cursor: Cursor
    at: int
    orders: tuple[OrderRow, ...]
    left_out: int = 0
    figures: Figures | None = None
    workers: tuple[WorkerRow, ...] | None = None


@dataclass(frozen=True)
class ServerDraining:
    """This server stops (close 4012 follows): reconnect after `after_ms`, another for each client."""

    type: ClassVar[str] = "server.draining"

    after_ms: int


@dataclass(frozen=True)
class AccessRevoked:
    """Followed by close 4401 (signed out: sign in again) or 4403 (no right any more: do not come back)."""

    type: ClassVar[str] = "access.revoked"


@dataclass(frozen=True)
class MessageRefused:
    """The client sent what is no message of this protocol; close 4400 follows."""

    type: ClassVar[str] = "message.refused"

    code: str


Outward = Snapshot | Frame | ServerDraining | AccessRevoked | MessageRefused


@dataclass(frozen=True)
class AcknowledgeCursor:
    """Inwards: `cursor` and `at` of the last snapshot or frame that was applied, both copied from it.

    Cumulative, at most once a second. A message comes at least every two seconds, so answering in the handler
    of one is enough; no timer is needed. What nobody acknowledged for 30 s closes the socket (4408), flooding
    closes it too (4429). `at` is needed beside the cursor: frames without orders share a cursor, while `at`
    grows with every message.
    """

    type: ClassVar[str] = "acknowledge.cursor"

    cursor: Cursor
    at: int


class ProtocolError(Exception):
    """The client sent something that is no message of this protocol; `code` tells its author what."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def encode(message: Outward) -> str:
    """JSON text, once for all sockets that get it; ASCII, so that no name on the server can break a send."""
    return json.dumps(as_wire(message), default=vars, separators=(",", ":"))


def as_wire(message: Outward) -> dict[str, object]:
    """The message's top level as it goes out: an absent part is left out, a cursor is text."""
    parts = {name: part for name, part in vars(message).items() if part is not None}
    if "cursor" in parts:
        parts["cursor"] = str(parts["cursor"])
    return {"type": message.type, **parts}


def parse(text: str | None) -> AcknowledgeCursor:
    """A message of a client; ProtocolError for everything that is none."""
    if text is None:
        raise ProtocolError("binary")
    if len(text) > INWARD_LENGTH:
        raise ProtocolError("too_long")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("no_json") from None
    if not isinstance(given, dict):
        raise ProtocolError("no_object")
    if given.get("type") != AcknowledgeCursor.type:
        raise ProtocolError("unknown_type")
    return _acknowledgement(given)


def _acknowledgement(given: Mapping[str, object]) -> AcknowledgeCursor:
    cursor, at = given.get("cursor"), given.get("at")
    if not isinstance(at, int) or isinstance(at, bool):
        raise ProtocolError("bad_at")
    try:
        return AcknowledgeCursor(Cursor.parse(cursor if isinstance(cursor, str) else ""), at)
    except ValueError:
        raise ProtocolError("bad_cursor") from None
