"""What was ordered, field by field, from the entry or, where that is gone, from the event that brought it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.utils.translation import gettext as _

from dashboard import numerals
from dashboard.entry_lines import readable
from dashboard.rows import ShownOrder
from orderstream.domain.events import ORDER_FIELDS
from orderstream.streams.codec import StoredOrder, stored_order
from orderstream.streams.histories import History
from orderstream.streams.order_findings import Findings

TEXT_MOST: Final = 2_000
STRANGE_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """`form` is how it is set: strong, mono, or plain. `customer`: whose other orders there may be."""

    label: str
    text: str
    form: str = ""


def entry_of(findings: Findings, history: History) -> Mapping[str, str]:
    if findings.entry is not None:
        return findings.entry
    carried = next((event.fields for event in history.events), {})
    return {name: value for name, value in carried.items() if name in ORDER_FIELDS}


def facts_of(order: StoredOrder, entry: Mapping[str, str]) -> list[Fact]:
    """Also of an entry that is no order: then what it lacks is said, and what else it has."""
    row = ShownOrder.stored(stored_order(order.id, entry, {})).row
    price = numerals.amount(row.price) if row.price and row.amount is not None else _plain(entry.get("price"))
    facts = [
        Fact(_("Customer"), _plain(entry.get("customer_id"))),
        Fact(_("Product"), _plain(entry.get("product_id"))),
        Fact(_("Quantity"), f"{_plain(entry.get('quantity'))} × {price}"),
        Fact(
            _("Amount"), numerals.unknown() if row.amount is None else numerals.amount(row.amount), "strong"
        ),
    ]
    if entry.get("reference"):
        facts.append(Fact(_("Reference"), _plain(entry["reference"]), "mono"))
    if entry.get("note"):
        facts.append(Fact(_("Note"), _plain(entry["note"])))
    known = ORDER_FIELDS | {"status", "created_at"}
    strange = ((name, value) for name, value in entry.items() if name not in known)
    return facts + [
        Fact(_plain(name)[:60], _plain(value), "mono") for name, value in islice(strange, STRANGE_MOST)
    ]


def _plain(text: str | None) -> str:
    if not text:
        return numerals.unknown()
    return readable(text[:TEXT_MOST]) + ("…" if len(text) > TEXT_MOST else "")
