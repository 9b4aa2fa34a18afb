"""An effect happens with its note or not at all, and once however often a handler runs (I5)."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction

from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.effects import LONGEST_PAUSE, once
from orderstream.models import Effect, Product
from tests.workers.test_executor import ORDER

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def make(name: str = "reserve") -> None:
    """An effect that is easy to count: a product more."""
    with once(ORDER, name) as is_first:
        if is_first:
            Product.objects.create(product_id=f"{name}-{Product.objects.count()}", name="made")


def test_it_happens_the_first_time_only_and_repeats_are_counted_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        make()
    effect = Effect.objects.get()
    assert (effect.order_id, effect.name, effect.attempt, effect.repeats) == (ORDER.id, "reserve", 1, 2)
    assert Product.objects.count() == 1
    assert caplog.text.count("effect found done") == 2


def test_an_order_may_have_several_effects_and_others_have_their_own() -> None:
    make("reserve")
    make("invoice")
    with once(replace(ORDER, id="2-0"), "reserve") as is_first:
        assert is_first
    assert Effect.objects.count() == 3


@pytest.mark.parametrize("error", [OrderRejected("no"), RuntimeError("oh"), RetryLater(timedelta())])
def test_an_error_in_the_block_leaves_nothing_behind(error: Exception) -> None:
    def fail() -> None:
        with once(ORDER, "reserve"):
            Product.objects.create(product_id="tea", name="Tea")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert not Product.objects.exists()
    make()
    assert Product.objects.count() == 1


def test_it_must_own_its_transaction() -> None:
    """Inside another one it could still be rolled back when the order is long completed."""
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), once(ORDER, "reserve"):
        pass


def test_a_database_that_is_away_is_asked_again_later_and_later() -> None:
    def gone(*_statement: object) -> None:
        raise OperationalError("the database is gone")

    def pause(attempt: int) -> timedelta:
        with (
            pytest.raises(RetryLater, match="the database is gone") as later,
            connections["default"].execute_wrapper(gone),
            once(replace(ORDER, attempt=attempt), "reserve"),
        ):
            pass
        return later.value.delay

    assert [pause(attempt).total_seconds() for attempt in (1, 2, 3, 4)] == [15, 30, 60, 120]
    assert pause(100) == LONGEST_PAUSE


def test_of_many_at_once_one_is_the_first() -> None:
    firsts: list[bool] = []
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        try:
            while True:
                try:
                    with once(ORDER, "reserve") as is_first:
                        firsts.append(is_first)
                    return
                except RetryLater:  # the tests' database is in memory, and its locks do not wait
                    continue
        finally:
            connections.close_all()

    racers = [threading.Thread(target=race) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert firsts.count(True) == 1
    assert Effect.objects.get().repeats == firsts.count(False)
