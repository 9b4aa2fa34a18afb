"""An order as it is asked for (a draft) and as a handler gets it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """A valid order, not placed yet; only `drafts.draft_from` makes one, so its fields can be trusted."""

    customer_id: str
    product_id: str
    quantity: int
    price: Decimal
    note: str = ""
    reference: str = ""

    @property
    def amount(self) -> Decimal:
        """Quantity times price, exact."""
        return self.quantity * self.price

    def wire(self) -> dict[str, str]:
        """The fields as an entry stores them; optional ones only when they say something."""
        fields = {
            "customer_id": self.customer_id,
            "product_id": self.product_id,
            "quantity": str(self.quantity),
            "price": f"{self.price:f}",
        }
        if self.note:
            fields["note"] = self.note
        if self.reference:
            fields["reference"] = self.reference
        return fields


@dataclass(frozen=True, slots=True)
class Order:
    """What a handler works on. `id` stays the same over attempts and rounds: key your effects by it (I5)."""

    id: str
    customer_id: str
    product_id: str
    quantity: int
    price: Decimal
    note: str
    reference: str
    created_at: datetime
    attempt: int
    round: int
    fence: int

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price
