"""Dead letters by their index: pages, those of one error, and what strangers put among them."""

import pytest

from orderstream.domain.outcomes import Rejected
from orderstream.streams import letters
from orderstream.streams.lane import Lane
from orderstream.streams.letters import (
    Letter,
    Place,
    all_of,
    choose,
    letters_of,
    number_of,
    page_of,
    state_of,
)
from orderstream.streams.operating import discard, requeue
from tests.orders import placed_orders
from tests.streams.scene import Clock, Worker

STOCK, PAYMENT = Rejected("StockTimeout", "no answer"), Rejected("PaymentRefused", "no money")


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    worker = Worker(lane, "ann")
    await worker.beat()
    return worker


async def failed(lane: Lane, worker: Worker, clock: Clock, *outcomes: Rejected) -> list[str]:
    """One after the other, a millisecond apart."""
    ids = await placed_orders(lane, len(outcomes))
    fences = await worker.begun(await worker.read(len(ids)))
    for order_id, outcome in zip(ids, outcomes, strict=True):
        clock.advance(1)
        await worker.finish({order_id: fences[order_id]}, outcome)
    return ids


async def test_they_are_read_newest_first_in_pages(lane: Lane, worker: Worker, clock: Clock) -> None:
    ids = await failed(lane, worker, clock, STOCK, PAYMENT, STOCK)
    assert await number_of(lane) == 3
    assert [letter.id for letter in await page_of(lane, 0, 2)] == ids[:0:-1]
    [oldest] = await page_of(lane, 2, 2)
    assert oldest == Letter(ids[0], clock.now_ms - 2, "StockTimeout", 1, 1, "ann")
    assert await page_of(lane, 3, 2) == []
    assert [letter.id for letter in await all_of(lane)] == ids[::-1]
    assert len(await all_of(lane, most=2)) == 2


async def test_those_of_one_error_are_chosen_call_by_call(
    lane: Lane, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "_CHUNK", 2)
    ids = await failed(lane, worker, clock, *[STOCK, PAYMENT] * 4, STOCK)
    stock = ids[::2][::-1]
    first = await choose(lane, "StockTimeout", 2)
    assert first.ids == stock[:2]
    assert first.next_place == Place(stock[1], clock.now_ms - 2)
    second = await choose(lane, "StockTimeout", 9, first.next_place)
    assert (second.ids, second.next_place) == (stock[2:], None)
    assert (await choose(lane, None, 99)).ids == ids[::-1]
    assert (await choose(lane, "Unheard", 9)).ids == []


async def test_choosing_goes_on_behind_one_that_is_gone_by_then(
    lane: Lane, worker: Worker, clock: Clock
) -> None:
    ids = await failed(lane, worker, clock, *[STOCK] * 6)
    first = await choose(lane, "StockTimeout", 3)
    await requeue(lane, first.ids, actor="user:ada")
    second = await choose(lane, "StockTimeout", 9, first.next_place)
    assert first.ids + second.ids == ids[::-1]


async def test_what_is_looked_at_in_one_call_is_bounded(
    lane: Lane, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "_CHUNK", 2)
    monkeypatch.setattr(letters, "LOOKED_AT_MAX", 4)
    ids = await failed(lane, worker, clock, STOCK, *[PAYMENT] * 7)
    found, place, calls = [], None, 0
    while calls == 0 or place is not None:
        chosen = await choose(lane, "StockTimeout", 9, place)
        found += chosen.ids
        place, calls = chosen.next_place, calls + 1
    assert found == ids[:1]
    assert calls == 3


async def test_those_that_were_sent_back_before_can_be_left_out(
    lane: Lane, worker: Worker, clock: Clock
) -> None:
    again, once = await failed(lane, worker, clock, STOCK, STOCK)
    await requeue(lane, [again], actor="user:ada")
    await worker.finish(await worker.begun(await worker.promote()), STOCK)
    assert set((await choose(lane, "StockTimeout", 9)).ids) == {again, once}
    assert (await choose(lane, "StockTimeout", 9, only_first_round=True)).ids == [once]
    assert [letter.round for letter in await letters_of(lane, [once, again])] == [1, 2]


async def test_only_dead_letters_are_told(lane: Lane, worker: Worker, clock: Clock) -> None:
    first, second = await failed(lane, worker, clock, STOCK, STOCK)
    [living] = await placed_orders(lane, 1)
    await discard(lane, [first], actor="user:ada")
    assert [letter.id for letter in await letters_of(lane, [first, second, living, "1-1"])] == [second]


async def test_the_state_changes_with_each_that_comes_or_goes(
    lane: Lane, worker: Worker, clock: Clock
) -> None:
    states = [await state_of(lane)]
    ids = await failed(lane, worker, clock, STOCK, STOCK)
    states.append(await state_of(lane))
    await discard(lane, ids[:1], actor="user:ada")
    states.append(await state_of(lane))
    assert states[0] == "0"
    assert len(set(states)) == 3
    assert await state_of(lane) == states[-1]


async def test_what_strangers_put_among_them_is_a_letter_without_an_error(lane: Lane) -> None:
    await lane.command("ZADD", lane.keys.failed, "inf", "gossip", 1.5, "1-1", "-5", "2-2")
    await lane.command("SET", lane.keys.status("2-2"), "no hash")
    found = await all_of(lane)
    assert [(letter.id, letter.failed_ms, letter.error) for letter in found] == [
        ("gossip", 2**53, ""),
        ("1-1", 1, ""),
        ("2-2", 0, ""),
    ]
