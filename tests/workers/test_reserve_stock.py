"""The handler `reserve_stock`: takes what is there, refuses what is not, never takes twice."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from orderstream.domain.errors import OrderRejected
from orderstream.models import Effect, Product
from tests.workers.test_executor import ORDER
from workers.handlers import is_async, load, reserve_stock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tea() -> Product:
    return Product.objects.create(product_id=ORDER.product_id, name="Tea", stock=5)


def stock() -> int:
    return Product.objects.get().stock


def test_it_is_a_plain_function_that_can_be_named() -> None:
    assert load("workers.handlers.reserve_stock") is reserve_stock
    assert not is_async(reserve_stock)


def test_it_takes_the_quantity_once_over_attempts_and_rounds() -> None:
    reserve_stock(replace(ORDER, quantity=2))
    reserve_stock(replace(ORDER, quantity=2, attempt=2))
    reserve_stock(replace(ORDER, quantity=2, attempt=1, round=2))
    assert stock() == 3
    assert Effect.objects.get().repeats == 2


def test_the_last_piece_can_be_taken_and_then_no_more() -> None:
    reserve_stock(replace(ORDER, id="1-0", quantity=5))
    with pytest.raises(OrderRejected, match="1 of P-1 asked for, 0 left"):
        reserve_stock(replace(ORDER, id="2-0", quantity=1))
    assert stock() == 0


def test_an_order_that_was_refused_can_succeed_once_there_is_stock_again() -> None:
    with pytest.raises(OrderRejected, match="6 of P-1 asked for, 5 left"):
        reserve_stock(replace(ORDER, quantity=6))
    Product.objects.update(stock=6)
    reserve_stock(replace(ORDER, quantity=6, round=2))
    assert stock() == 0


def test_an_unknown_product_is_refused() -> None:
    with pytest.raises(OrderRejected, match="no product coffee"):
        reserve_stock(replace(ORDER, product_id="coffee"))
    assert not Effect.objects.exists()


def test_the_database_itself_keeps_stock_from_going_negative() -> None:
    with pytest.raises(IntegrityError):
        Product.objects.update(stock=-1)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"product_id": ""}, "product_id"),
        ({"product_id": "x" * 65}, "product_id"),
        ({"product_id": "a\x07b"}, "product_id"),
        ({"product_id": ORDER.product_id}, "product_id"),
        ({"stock": -1}, "stock"),
        ({"stock": 2**31}, "stock"),
        ({"price": "-1"}, "price"),
        ({"price": "1.00001"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"name": ""}, "name"),
    ],
)
def test_a_product_that_no_order_could_name_is_refused(given: dict[str, object], field: str) -> None:
    product = Product(**{"product_id": "new", "name": "New", "stock": 1, **given})
    with pytest.raises(ValidationError) as refusal:
        product.full_clean()
    assert field in refusal.value.message_dict
