"""An order's row on the board: made once from what Redis stores or from the event that brought it, then
changed by its events, never to an earlier version (I11).
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Self

from dashboard.cursors import START, Cursor
from dashboard.protocol import OrderRow
from orderstream.domain.events import Event, EventType, fold, ms_of
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import StoredOrder

ARRIVALS: Final = frozenset({EventType.PLACED, EventType.ADOPTED})
TEXT_MOST: Final = 200  # characters; a valid id has 64, an error code 60 bytes
DIGITS_MOST: Final = 40
_SHOWS_ERROR: Final = frozenset({OrderStatus.RETRYING, OrderStatus.FAILED})


@dataclass(frozen=True)
class ShownOrder:
    """One order in the view, with the cursors that decide which clients have seen what of it.

    `known_at` is the event that brought it, `changed_at` the last one that touched it; START when that lies
    before all that the view has folded. `latest` holds what the status hash holds, remnants of earlier
    attempts included.
    """

    latest: OrderRow
    known_at: Cursor = START
    changed_at: Cursor = START

    @classmethod
    def stored(cls, order: StoredOrder) -> Self:
        quantity, price = _integer(order.entry.get("quantity")), _text(order.entry.get("price"))
        return cls(
            OrderRow(
                id=order.id,
                version=order.version,
                status=order.status,
                customer_id=_text(order.entry.get("customer_id")),
                product_id=_text(order.entry.get("product_id")),
                quantity=quantity,
                price=price,
                amount=_amount(quantity, price),
                created_at=order.created_at_ms,
                worker=_text(order.worker_id),
                attempt=order.attempt,
                error=_text(order.error),
                next_attempt_at=order.next_attempt_at_ms,
            )
        )

    @classmethod
    def arrived(cls, event: Event, cursor: Cursor) -> Self:
        """The order that an `order.placed` or `order.adopted` carries whole."""
        quantity, price = _integer(event.fields.get("quantity")), _text(event.fields.get("price"))
        row = OrderRow(
            id=event.order_id,
            version=0,
            status=event.target,
            customer_id=_text(event.fields.get("customer_id")),
            product_id=_text(event.fields.get("product_id")),
            quantity=quantity,
            price=price,
            amount=_amount(quantity, price),
            created_at=event.at_ms,
            worker=None,
            attempt=0,
            error=None,
            next_attempt_at=None,
        )
        return cls(row).after(event, cursor)

    def after(self, event: Event, cursor: Cursor) -> Self:
        """Touched by `event`, which counts as a change for every client, known here already or not."""
        known_at = cursor if event.type in ARRIVALS else self.known_at
        latest = _changed(self.latest, event) if event.version > self.latest.version else self.latest
        return replace(self, latest=latest, known_at=known_at, changed_at=cursor)

    @property
    def row(self) -> OrderRow:
        """As shown: the hash keeps an error and a due time that later attempts have outlived."""
        status = self.latest.status
        return replace(
            self.latest,
            error=self.latest.error if status in _SHOWS_ERROR else None,
            next_attempt_at=self.latest.next_attempt_at if status == OrderStatus.RETRYING else None,
        )


def _changed(row: OrderRow, event: Event) -> OrderRow:
    changes = fold([event])
    attempt, due = _integer(changes.get("attempt")), changes.get("next_attempt_at")
    created_at = changes.get("created_at")
    return replace(
        row,
        version=event.version,
        status=event.target,
        created_at=ms_of(created_at) if created_at else row.created_at,
        worker=_text(changes.get("worker_id", row.worker)),
        attempt=row.attempt if attempt is None else attempt,
        error=_text(changes.get("error", row.error)),
        next_attempt_at=ms_of(due) if due else row.next_attempt_at,
    )


def _text(text: str | None) -> str | None:
    """What can be encoded: bytes that were no UTF-8 come as lone surrogates, which no socket takes."""
    text = text[:TEXT_MOST] if text else None  # an entry written by hand may hold megabytes
    if not text or text.isascii():
        return text or None
    return text.encode("utf-8", "replace").decode()


# An entry that somebody wrote by hand may hold anything; what is no number is missing, never an error.
def _integer(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _amount(quantity: int | None, price: str | None) -> str | None:
    try:
        amount = Decimal(price or "") * (quantity or 0)
    except ArithmeticError:  # also a product beyond all exponents
        return None
    if not quantity or not amount.is_finite() or len(amount.as_tuple().digits) > DIGITS_MOST:
        return None
    # Written out, 1E-900000 would be a message of 900 kB.
    return f"{amount:f}" if -20 < amount.adjusted() < 20 else None
