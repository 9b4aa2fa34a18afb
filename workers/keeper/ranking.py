"""Top products and customers of the last hour, folded from the events; never on the way of an order."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from orderstream.domain.events import Event, EventType
from orderstream.domain.status import OrderStatus
from orderstream.streams.ranking import Place, Top
from workers.keeper.counts import Counted, Counts, by_amount, by_orders, is_countable, merged, top

SLICE_MS: Final = 300_000
WINDOW_MS: Final = 3_600_000
PLACES: Final = 10
CURSOR: Final = "cursor"
_ARRIVALS: Final = frozenset({EventType.PLACED, EventType.ADOPTED})
_ID: Final = re.compile(r"[0-9]{1,16}-[0-9]{1,16}", re.ASCII)
# A name that somebody wrote by hand may be long; ours have 64 characters.
_NAME_MOST: Final = 200


@dataclass(slots=True)
class Slice:
    """Five minutes."""

    products: Counts = field(default_factory=Counts)
    customers: Counts = field(default_factory=Counts)


class Ranking:
    """Counts in slices. The window is the hour up to now and the rest of its first slice: 60 to 65 min."""

    def __init__(self) -> None:
        self._slices: dict[int, Slice] = {}
        self._unsaved: set[int] = set()
        self._gone: list[str] = []

    def fold(self, event: Event) -> None:
        if event.type not in _ARRIVALS or event.target != OrderStatus.PENDING:
            return  # what was adopted as a dead letter was never an order
        order = Counted(1, _amount(event.fields))
        number = event.at_ms // SLICE_MS
        counted = self._slices.setdefault(number, Slice())
        counted.products.add(_name(event.fields, "product_id"), order)
        counted.customers.add(_name(event.fields, "customer_id"), order)
        self._unsaved.add(number)

    def forget(self, now_ms: int) -> None:
        """What lies before the window."""
        first = first_slice(now_ms)
        for number in [number for number in self._slices if number < first]:
            del self._slices[number]
            self._unsaved.discard(number)
            self._gone.append(str(number))

    def top(self, now_ms: int, until_ms: int) -> Top:
        """Names are shown as text that can be sent; bytes that were none become question marks."""
        products = merged(part.products for part in self._slices.values())
        customers = merged(part.customers for part in self._slices.values())
        missed = max(products.missed, customers.missed)
        return Top(
            since_ms=first_slice(now_ms) * SLICE_MS,
            until_ms=until_ms,
            is_exact=not missed,
            missed=missed,
            products_by_orders=_places(products, by_orders),
            products_by_amount=_places(products, by_amount),
            customers_by_orders=_places(customers, by_orders),
            customers_by_amount=_places(customers, by_amount),
        )

    def take_unsaved(self, cursor: str) -> tuple[dict[str, str], list[str]]:
        """Fields to write and fields to remove; they count as saved from now on."""
        fields = {str(number): _text(self._slices[number]) for number in sorted(self._unsaved)}
        gone, self._gone = self._gone, []
        self._unsaved.clear()
        return fields | {CURSOR: cursor}, gone

    def restore(self, stored: Mapping[str, str]) -> str | None:
        """Go on from what was saved; the cursor behind which to read, None when nothing usable was."""
        self._slices.clear()
        self._unsaved.clear()
        self._gone.clear()
        try:
            for name, text in stored.items():
                if name != CURSOR:
                    self._slices[int(name)] = _slice(text)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            self._slices.clear()
            return None
        cursor = stored.get(CURSOR, "")
        if not _ID.fullmatch(cursor):
            self._slices.clear()
            return None
        return cursor


def first_slice(now_ms: int) -> int:
    return (now_ms - WINDOW_MS) // SLICE_MS


def _name(fields: Mapping[str, str], name: str) -> str:
    return fields.get(name, "")[:_NAME_MOST].encode("utf-8", "replace").decode()


def _amount(fields: Mapping[str, str]) -> Decimal:
    """An accepted order has both; an event that somebody else wrote may lack them."""
    try:
        amount = Decimal(fields["price"]) * int(fields["quantity"])
    except (KeyError, ValueError, ArithmeticError):
        return Decimal(0)
    return amount if is_countable(amount) else Decimal(0)


def _places(counts: Counts, order: object) -> tuple[Place, ...]:
    names = top(counts.names, order, PLACES)
    return tuple(Place(name, counts.names[name].orders, f"{counts.names[name].amount:f}") for name in names)


def _text(counted: Slice) -> str:
    parts = {"products": counted.products.as_stored(), "customers": counted.customers.as_stored()}
    return json.dumps(parts, separators=(",", ":"))


def _slice(text: str) -> Slice:
    given = json.loads(text)
    return Slice(Counts.from_stored(given["products"]), Counts.from_stored(given["customers"]))
