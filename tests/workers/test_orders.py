"""What a handler gets is an order, whatever stands in the stream."""

from datetime import UTC

import pytest

from orderstream.domain.drafts import InvalidOrder
from orderstream.streams.deliveries import Begun
from tests.orders import draft
from workers.orders import order_of


def begun(order_id: str = "1700000000000-0", *, round_number: int = 1) -> Begun:
    return Begun(order_id, fence=7, attempt=1, round=round_number)


@pytest.mark.parametrize("garbage", [{"quantity": "-5"}, {"price": "NaN"}, {"customer_id": ""}, {"a": "b"}])
def test_a_dead_letter_that_never_was_an_order_is_none_when_it_is_sent_back(garbage: dict[str, str]) -> None:
    with pytest.raises(InvalidOrder):
        order_of(begun(round_number=2), draft().wire() | garbage)


def test_a_dead_letter_that_was_an_order_is_one_again() -> None:
    entry = draft().wire() | {"status": "pending", "created_at": "1700000000.000"}
    assert order_of(begun(round_number=2), entry).quantity == 2


def test_an_id_beyond_all_dates_is_an_order_all_the_same() -> None:
    order = order_of(begun("18446744073709551614-0"), draft().wire())
    assert order.created_at.year == 9999
    assert order.created_at.tzinfo is UTC
