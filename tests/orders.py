"""Orders for tests: say only what matters, the rest is made up."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderstream.domain.orders import OrderDraft
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placed, Placement, place


def draft(**given: Any) -> OrderDraft:
    """A valid order."""
    fields: dict[str, Any] = {
        "customer_id": "C-1",
        "product_id": "P-1",
        "quantity": 2,
        "price": Decimal("4.15"),
    }
    return OrderDraft(**(fields | given))


async def placed_order(lane: Lane, **given: Any) -> str:
    """The id of a new order."""
    return (await placed_orders(lane, 1, **given))[0]


async def placed_orders(lane: Lane, count: int, **given: Any) -> list[str]:
    """The ids of new orders, in the order they were placed."""
    answers = await place(
        lane,
        [Placement(draft(**given)) for _ in range(count)],
        actor="user:test",
        backlog_limit=0,
        key_ttl=None,
    )
    return [answer.order_id for answer in answers if isinstance(answer, Placed)]


async def foreign_entry(lane: Lane, fields: Mapping[str, str | bytes], entry_id: str = "*") -> str:
    """An entry that somebody else writes straight into the stream."""
    words = [part for item in fields.items() for part in item]
    return str(await lane.command("XADD", lane.keys.stream, entry_id, *words))
