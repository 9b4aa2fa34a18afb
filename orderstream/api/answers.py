"""Turns what Redis holds into what the API answers; prices and amounts stay text, times become ISO 8601."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from orderstream.api.schemas import EventOut, OrderOut
from orderstream.domain.events import Event
from orderstream.domain.orders import OrderDraft
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import StoredOrder

# The end of year 9999. Ids go further, and anybody can write one straight into the stream.
LAST_MS: Final = 253_402_300_799_000


def order_out(stored: StoredOrder) -> OrderOut:
    """Also of an entry that is no order: what it lacks is null."""
    entry = {name: clean(value) for name, value in stored.entry.items()}
    quantity = _quantity(entry.get("quantity"))
    return OrderOut(
        order_id=stored.id,
        status=stored.status,
        version=stored.version,
        customer_id=entry.get("customer_id"),
        product_id=entry.get("product_id"),
        quantity=quantity,
        price=entry.get("price"),
        amount=_amount(quantity, entry.get("price")),
        note=entry.get("note"),
        reference=entry.get("reference"),
        created_at=iso(stored.created_at_ms),
        started_at=_iso_or_none(stored.started_at_ms),
        processed_at=_iso_or_none(stored.processed_at_ms),
        processing_time=None if stored.processing_time_ms is None else stored.processing_time_ms / 1000,
        worker_id=_clean_or_none(stored.worker_id),
        round=stored.round,
        attempt=stored.attempt,
        next_attempt_at=_iso_or_none(stored.next_attempt_at_ms),
        error=_clean_or_none(stored.error),
    )


def placed_out(draft: OrderDraft, order_id: str, created_at_ms: int) -> OrderOut:
    """An order that this very request placed; nothing has to be read back for it."""
    wire = draft.wire()
    return OrderOut(
        order_id=order_id,
        status=OrderStatus.PENDING,
        version=1,
        customer_id=draft.customer_id,
        product_id=draft.product_id,
        quantity=draft.quantity,
        price=wire["price"],
        amount=f"{draft.amount:f}",
        note=wire.get("note"),
        reference=wire.get("reference"),
        created_at=iso(created_at_ms),
        started_at=None,
        processed_at=None,
        processing_time=None,
        worker_id=None,
        round=1,
        attempt=0,
        next_attempt_at=None,
        error=None,
    )


def event_out(event: Event) -> EventOut:
    given = {
        "event_id": event.id,
        "type": event.type,
        "version": event.version,
        "from": event.source,
        "to": event.target,
        "at": iso(event.at_ms),
        "actor": clean(event.actor),
        "fields": {clean(name): clean(value) for name, value in event.fields.items()},
    }
    return EventOut.model_validate(given)


def iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(min(at_ms, LAST_MS) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clean(text: str) -> str:
    """Bytes that were no UTF-8 come from Redis as lone surrogates, which no answer can carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _iso_or_none(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)


def _clean_or_none(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _quantity(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _amount(quantity: int | None, price: str | None) -> str | None:
    if quantity is None or price is None or len(price) > 40:
        return None
    try:
        amount = quantity * Decimal(price)
    except ArithmeticError:  # also a product beyond all exponents
        return None
    return f"{amount:f}" if amount.is_finite() and abs(amount.adjusted()) < 40 else None
