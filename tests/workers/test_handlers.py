"""Handlers are found by their dotted path, or a sentence says why not."""

import functools

import pytest
from django.conf import settings

from orderstream.domain.orders import Order
from tests.workers.test_executor import ORDER
from workers import handlers


class Shop:
    async def __call__(self, order: Order) -> None: ...

    def ship(self, order: Order) -> None: ...


shop = Shop()
NOT_CALLABLE = 3


def takes_nothing() -> None: ...


def test_a_function_is_found_by_its_path() -> None:
    assert handlers.load("workers.handlers.simulate") is handlers.simulate


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("simulate", "no dotted path"),
        ("workers.handlers.", "no dotted path"),
        ("shop.orders.ship", "cannot be imported: No module named 'shop'"),
        ("workers.handlers.ship", "has no function ship"),
        ("tests.workers.test_handlers.NOT_CALLABLE", "has no function"),
        ("tests.workers.test_handlers.Shop", "has no function"),
        ("tests.workers.test_handlers.takes_nothing", "one argument"),
    ],
)
def test_a_wrong_path_is_explained(path: str, words: str) -> None:
    with pytest.raises(handlers.NoSuchHandler, match=words):
        handlers.load(path)


def test_what_can_be_awaited_is_recognised() -> None:
    assert handlers.is_async(handlers.simulate)
    assert handlers.is_async(shop)
    assert handlers.is_async(functools.partial(handlers.simulate))
    assert not handlers.is_async(shop.ship)


async def test_the_simulation_takes_no_time_and_never_fails_when_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    zero = type(settings.ORDERSTREAM_SIMULATE_SECONDS[0])()
    monkeypatch.setattr(settings, "ORDERSTREAM_SIMULATE_SECONDS", (zero, zero))
    monkeypatch.setattr(settings, "ORDERSTREAM_SIMULATE_FAILURE_RATE", 0.0)
    await handlers.simulate(ORDER)


async def test_the_simulation_fails_as_often_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    zero = type(settings.ORDERSTREAM_SIMULATE_SECONDS[0])()
    monkeypatch.setattr(settings, "ORDERSTREAM_SIMULATE_SECONDS", (zero, zero))
    monkeypatch.setattr(settings, "ORDERSTREAM_SIMULATE_FAILURE_RATE", 1.0)
    with pytest.raises(handlers.SimulatedFailure):
        await handlers.simulate(ORDER)
