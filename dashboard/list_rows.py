"""A row of the list of orders: what is known of the order, put into the columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from django.utils.translation import gettext as _

from dashboard.entry_lines import readable
from dashboard.rows import ShownOrder
from dashboard.statuses import status_word
from orderstream.domain.status import OrderStatus, is_final
from orderstream.streams.browsing import Row
from orderstream.streams.codec import StoredOrder, id_ms, stored_order

REMARK_MOST = 200  # characters; the rest is on the order's own page


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """`took_ms`: how long it took, once it has ended; else it counts on since `placed_ms`.

    `status` is the shape and colour; of a status that cannot be read it is an alarm's.
    """

    id: str
    status: str
    icon: str
    word: str
    placed_ms: int
    customer: str | None
    product: str | None
    quantity: int | None
    amount: str | None
    attempt: int
    worker: str | None
    took_ms: int | None
    remark: str


def listed(row: Row, words: str = "") -> ListedOrder:
    """`words`: what the handler said when it failed."""
    order = row.order
    # What was ordered is shown also where the status is not ours to read.
    shown = ShownOrder.stored(order or stored_order(row.id, row.entry, {})).row
    return ListedOrder(
        id=row.id,
        status=order.status if order else "critical",
        icon=order.status if order else "alert",
        word=status_word(order.status) if order else _("unreadable"),
        placed_ms=order.created_at_ms if order else id_ms(row.id),
        customer=shown.customer_id,
        product=shown.product_id,
        quantity=shown.quantity,
        amount=shown.amount,
        attempt=order.attempt if order else 0,
        worker=shown.worker if order else None,
        took_ms=_took(order) if order else None,
        remark=_remark(row, words),
    )


def digest_of(versions: Sequence[str]) -> str:
    """Changes when any of the orders does."""
    return f"{crc32(' '.join(versions).encode('utf-8', 'replace')):x}"


def versions_in(rows: Sequence[Row]) -> list[str]:
    """As `browsing.versions_of` reads them."""
    return [str(row.order.version or "") if row.order else "" for row in rows]


def _took(order: StoredOrder) -> int | None:
    has_ended = is_final(order.status) or order.status is OrderStatus.FAILED
    if not has_ended or order.processed_at_ms is None:
        return None
    return max(0, order.processed_at_ms - order.created_at_ms)


def _remark(row: Row, words: str) -> str:
    order = row.order
    if order is None:
        return readable(row.fault)[:REMARK_MOST]
    if order.status in {OrderStatus.FAILED, OrderStatus.RETRYING} and order.error:
        return readable(f"{order.error}: {words}" if words else order.error)[:REMARK_MOST]
    return readable(row.entry.get("note", ""))[:REMARK_MOST]
