"""Builds what a handler gets from an entry and the answer of begin."""

from collections.abc import Mapping
from decimal import Decimal

from orderstream.domain.drafts import entry_from
from orderstream.domain.orders import Order
from orderstream.streams.codec import id_ms, moment
from orderstream.streams.deliveries import Begun


def order_of(begun: Begun, fields: Mapping[str, str]) -> Order:
    """KeyError, ValueError or ArithmeticError when the entry is no order: it was changed after its placing.

    Checked on the way in (place, adopt), so not again here, on the hot path; but an operator may have sent
    back a dead letter that never was an order.
    """
    if begun.round > 1:
        entry_from(fields)
    return Order(
        id=begun.order_id,
        customer_id=fields["customer_id"].strip(),
        product_id=fields["product_id"].strip(),
        quantity=int(fields["quantity"]),
        price=Decimal(fields["price"]),
        note=fields.get("note", ""),
        reference=fields.get("reference", ""),
        created_at=moment(id_ms(begun.order_id)),
        attempt=begun.attempt,
        round=begun.round,
        fence=begun.fence,
    )
