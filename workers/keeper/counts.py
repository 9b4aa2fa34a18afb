"""Orders and amounts by name, of five minutes: exact until there are too many names, then a lower bound."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self

NAMES_MOST: Final = 1_000
# What stays when it is full: the most ordered and the dearest, of either so many.
KEPT_OF_EACH: Final = 250


def is_countable(amount: Decimal) -> bool:
    """Neither infinite nor so large or small that sums overflow and texts grow to megabytes."""
    return amount.is_finite() and -20 < amount.adjusted() < 30


@dataclass(slots=True)
class Counted:
    orders: int = 0
    amount: Decimal = Decimal(0)

    def add(self, other: "Counted") -> None:
        self.orders += other.orders
        self.amount += other.amount


@dataclass(slots=True)
class Counts:
    """`missed`: by so many orders a figure may be too low, because its name was dropped and came again."""

    names: dict[str, Counted] = field(default_factory=dict)
    missed: int = 0

    def add(self, name: str, order: Counted) -> None:
        known = self.names.get(name)
        if known is None:
            known = self.names[name] = Counted()
        known.add(order)
        if len(self.names) > NAMES_MOST:
            self._drop_smallest()

    def _drop_smallest(self) -> None:
        kept = {*top(self.names, by_orders, KEPT_OF_EACH), *top(self.names, by_amount, KEPT_OF_EACH)}
        self.missed += max(counted.orders for name, counted in self.names.items() if name not in kept)
        self.names = {name: counted for name, counted in self.names.items() if name in kept}

    def as_stored(self) -> dict[str, Any]:
        names = {name: [counted.orders, f"{counted.amount:f}"] for name, counted in self.names.items()}
        return {"names": names, "missed": self.missed}

    @classmethod
    def from_stored(cls, given: Mapping[str, Any]) -> Self:
        """ValueError, KeyError or the like for what is none."""
        names = {
            name: Counted(int(orders), Decimal(amount)) for name, (orders, amount) in given["names"].items()
        }
        if not all(is_countable(counted.amount) for counted in names.values()):
            raise ValueError("an amount that no orders make")
        return cls(names, int(given["missed"]))


def by_orders(counted: Counted) -> tuple[int, Decimal]:
    return counted.orders, counted.amount


def by_amount(counted: Counted) -> tuple[Decimal, int]:
    return counted.amount, counted.orders


def top(names: Mapping[str, Counted], order: Any, most: int) -> list[str]:
    """The names with the largest figures; of equal ones the first in the alphabet: places keep still."""
    return heapq.nsmallest(most, names, key=lambda name: (*(-part for part in order(names[name])), name))


def merged(many: Iterable[Counts]) -> Counts:
    whole = Counts()
    for counts in many:
        whole.missed += counts.missed
        for name, counted in counts.names.items():
            whole.names.setdefault(name, Counted()).add(counted)
    return whole
