"""What the ranking counts of one order, and how it stays bounded when names do not repeat."""

import random
from collections import Counter
from decimal import Decimal

import pytest

from orderstream.domain.events import Event, EventType
from orderstream.streams.ranking import Place
from workers.keeper.counts import NAMES_MOST, Counted, Counts, by_amount, by_orders, top
from workers.keeper.ranking import Ranking


def test_many_names_stay_bounded_and_the_figures_say_so() -> None:
    chance, counts, orders, names = random.Random(4), Counts(), Counter(), []
    for number in range(20 * NAMES_MOST):
        name = f"hit-{chance.randrange(5)}" if number % 4 == 0 else f"once-{number}"
        orders[name] += 1
        counts.add(name, Counted(1, Decimal(1)))
        names.append(len(counts.names))
    assert max(names) <= NAMES_MOST + 1
    assert counts.missed >= 1
    for name in top(counts.names, by_orders, 5):
        assert name.startswith("hit-")
        assert orders[name] - counts.missed <= counts.names[name].orders <= orders[name]


def test_the_dearest_is_kept_among_many_that_are_ordered_more_often() -> None:
    counts = Counts()
    counts.add("ship", Counted(1, Decimal(1_000_000)))
    for number in range(3 * NAMES_MOST):
        for _ in range(2):
            counts.add(f"pen-{number}", Counted(1, Decimal("0.1")))
    assert top(counts.names, by_amount, 1) == ["ship"]


def arrival(**fields: str) -> Event:
    given = {"customer_id": "C", "product_id": "P", "quantity": "1", "price": "1"} | fields
    return Event("5-0", EventType.PLACED, "4-0", 1, "", "pending", 5_000, "user:x", given)


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "NaN"},
        {"price": "1e99"},
        {"price": "9e999999", "quantity": "3"},
        {"price": "1e-999999"},
        {"quantity": "many"},
        {"price": ""},
    ],
)
def test_an_amount_that_is_none_counts_as_nothing(fields: dict[str, str]) -> None:
    ranking = Ranking()
    ranking.fold(arrival(**fields))
    assert ranking.top(5_000, 5_000).products_by_orders == (Place("P", 1, "0"),)


def test_a_name_that_is_no_text_can_be_told() -> None:
    ranking = Ranking()
    ranking.fold(arrival(product_id="\udcff" + "x" * 500))
    (place,) = ranking.top(5_000, 5_000).products_by_orders
    assert place.name.startswith("?xx")
    assert len(place.name) == 200
