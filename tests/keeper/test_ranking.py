"""The ranking equals a fold of the log, over restarts too, whatever stands in its key."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import asdict
from decimal import Decimal

import pytest

from orderstream.domain.events import EventType
from orderstream.streams.events_log import read_events
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement, place
from orderstream.streams.ranking import Place, Top, read_top, write_top
from orderstream.streams.repairs import restore_or_adopt
from tests.keeper.test_sampler import Clock
from tests.orders import draft, foreign_entry
from tests.waiting import wait_until
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Term
from workers.keeper.ranking import PLACES, SLICE_MS, Ranking, first_slice
from workers.keeper.tail import SAVED_EVERY_MS, TOP_EVERY_MS, Tail


@pytest.fixture
async def clock(client) -> Clock:
    return Clock(int((await client.time())[0]) * 1000)


@pytest.fixture
async def lane(client, keys, clock) -> Lane:
    lane = Lane(client, keys, clock=clock)
    await lane.ensure_group()
    return lane


NOW = "the slice of now"


def a_slice(amount: str) -> dict[str, str]:
    counts = json.dumps({"names": {"tea": [1, amount]}, "missed": 0})
    return {"cursor": "0-0", NOW: f'{{"products": {counts}, "customers": {counts}}}'}


STRANGE_AMOUNTS = [a_slice("9e999999"), a_slice("NaN"), a_slice("1e-999999")]


def a_tail() -> Tail:
    return Tail(Ranking(), Handovers())


async def place_some(lane: Lane, chance: random.Random, count: int) -> None:
    """Few names that come often, many that come seldom."""
    placements = [
        Placement(
            draft(
                product_id=f"P-{min(int(chance.expovariate(0.3)), 40)}",
                customer_id=f"C-{chance.randrange(1, 30)}",
                quantity=chance.randrange(1, 9),
                price=Decimal(chance.randrange(1, 99_999)) / 100,
            )
        )
        for _ in range(count)
    ]
    for start in range(0, count, 200):
        await place(lane, placements[start : start + 200], actor="key:shop", backlog_limit=0, key_ttl=None)


async def folded(lane: Lane, name: str, since_ms: int) -> tuple[list[Place], list[Place]]:
    """By orders and by amount, counted anew from the log."""
    orders: Counter[str] = Counter()
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    cursor = "0-0"
    while events := await read_events(lane, cursor, 1_000):
        cursor = events[-1].id
        for event in events:
            if event.type is EventType.PLACED and event.at_ms >= since_ms:
                orders[event.fields[name]] += 1
                amounts[event.fields[name]] += Decimal(event.fields["price"]) * int(event.fields["quantity"])
    places = [Place(name, count, f"{amounts[name]:f}") for name, count in orders.items()]
    most_ordered = sorted(places, key=lambda p: (-p.orders, -Decimal(p.amount), p.name))
    dearest = sorted(places, key=lambda p: (-Decimal(p.amount), -p.orders, p.name))
    return most_ordered[:PLACES], dearest[:PLACES]


async def assert_is_the_fold(lane: Lane) -> None:
    found = await read_top(lane)
    assert found is not None
    assert found.is_exact
    products = await folded(lane, "product_id", found.since_ms)
    customers = await folded(lane, "customer_id", found.since_ms)
    assert (list(found.products_by_orders), list(found.products_by_amount)) == products
    assert (list(found.customers_by_orders), list(found.customers_by_amount)) == customers
    assert products[0] != products[1] or customers[0] != customers[1], (
        "one order would do for both, so that it proves nothing"
    )


async def test_the_top_is_the_fold_of_the_log(lane: Lane, clock: Clock) -> None:
    chance, tail = random.Random(7), a_tail()
    for _ in range(3):
        await place_some(lane, chance, 400)
        clock.now_ms += TOP_EVERY_MS
        await tail.turn(Term(lane, 1))
        await assert_is_the_fold(lane)


@pytest.mark.parametrize("seconds", [0, SAVED_EVERY_MS // 1000])
async def test_another_keeper_counts_each_order_once(lane: Lane, clock: Clock, seconds: int) -> None:
    """Whether the first saved before it went or not: counts and cursor are of one moment."""
    chance, first = random.Random(8), a_tail()
    await place_some(lane, chance, 200)
    await first.turn(Term(lane, 1))
    await place_some(lane, chance, 200)
    clock.now_ms += seconds * 1000
    await first.turn(Term(lane, 1))
    await place_some(lane, chance, 200)
    clock.now_ms += TOP_EVERY_MS
    await a_tail().turn(Term(lane, 2))
    await assert_is_the_fold(lane)


async def test_two_keepers_at_once_for_a_moment_do_no_harm(lane: Lane, clock: Clock) -> None:
    chance, first, second = random.Random(9), a_tail(), a_tail()
    await place_some(lane, chance, 100)
    for term in range(1, 6):
        for tail in (first, second):
            await place_some(lane, chance, 50)
            clock.now_ms += SAVED_EVERY_MS
            await tail.turn(Term(lane, term if tail is second else 1))
    clock.now_ms += TOP_EVERY_MS
    await a_tail().turn(Term(lane, 9))
    await assert_is_the_fold(lane)


async def test_what_is_older_than_the_hour_does_not_count(lane: Lane, clock: Clock) -> None:
    tail = a_tail()
    await place_some(lane, random.Random(1), 50)
    await tail.turn(Term(lane, 1))
    assert (await read_top(lane)).products_by_orders
    clock.now_ms += 3_600_000 + SLICE_MS
    await tail.turn(Term(lane, 1))
    found = await read_top(lane)
    assert (found.products_by_orders, found.customers_by_amount) == ((), ())
    assert found.since_ms == first_slice(clock.now_ms) * SLICE_MS
    fields = await lane.client.hkeys(lane.keys.ranking)
    assert set(fields) == {"top", "cursor"}, "what is over is removed from Redis too"


async def test_an_adopted_order_counts_and_an_entry_that_is_none_does_not(lane: Lane, clock: Clock) -> None:
    good = {"customer_id": "C-9", "product_id": "tea", "quantity": "2", "price": "1.50"}
    ids = [await foreign_entry(lane, good), await foreign_entry(lane, good | {"quantity": "many"})]
    await restore_or_adopt(lane, ids, actor="worker:w")
    await a_tail().turn(Term(lane, 1))
    assert (await read_top(lane)).products_by_orders == (Place("tea", 1, "3.00"),)


async def test_a_log_that_went_back_is_counted_anew(lane: Lane, clock: Clock) -> None:
    tail = a_tail()
    await place_some(lane, random.Random(1), 50)
    await tail.turn(Term(lane, 1))
    await lane.client.delete(lane.keys.events, lane.keys.ranking)
    await lane.client.xadd(lane.keys.events, {"type": "gossip"}, id="5-5")
    clock.now_ms += TOP_EVERY_MS
    await tail.turn(Term(lane, 1))
    assert (await read_top(lane)).products_by_orders == ()


async def test_a_log_that_went_back_between_two_keepers_is_counted_anew(lane: Lane, clock: Clock) -> None:
    await place_some(lane, random.Random(6), 20)
    clock.now_ms += SAVED_EVERY_MS
    await a_tail().turn(Term(lane, 1))
    await lane.client.delete(lane.keys.events)
    await lane.client.xadd(lane.keys.events, {"type": "gossip"}, id="1-1")
    clock.now_ms += TOP_EVERY_MS
    await a_tail().turn(Term(lane, 2))
    top = await read_top(lane)
    assert top is not None
    assert not top.products_by_orders


@pytest.mark.parametrize("hours", [0, 2])
async def test_a_quiet_log_has_not_gone_back(
    lane: Lane, clock: Clock, hours: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor one that never had an event."""
    tail = a_tail()
    if hours:
        await place_some(lane, random.Random(7), 3)
        clock.now_ms += hours * 3_600_000
    for _ in range(3):
        clock.now_ms += 1_000
        await tail.turn(Term(lane, 1))
    assert "went back" not in caplog.text


@pytest.mark.parametrize(
    "stored",
    [
        {"cursor": "5-0", "x": "{}"},
        {"5": "[]", "cursor": "9"},
        {"5": '{"products": 1}'},
        {"cursor": "soon"},
        *STRANGE_AMOUNTS,
    ],
)
async def test_what_somebody_else_wrote_does_not_stop_it(
    lane: Lane, stored: dict[str, str], clock: Clock
) -> None:
    now = str(clock.now_ms // SLICE_MS)
    mapping = {now if name == NOW else name: text for name, text in stored.items()}
    await lane.client.hset(lane.keys.ranking, mapping=mapping)
    await place_some(lane, random.Random(2), 50)
    await a_tail().turn(Term(lane, 1))
    await assert_is_the_fold(lane)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"since_ms": 1}', '{"products_by_orders": [1]}', "null"])
async def test_a_top_that_is_none_is_unknown(lane: Lane, text: str) -> None:
    await lane.client.hset(lane.keys.ranking, "top", text)
    assert await read_top(lane) is None


NOTHING = Top(5, 6, is_exact=True, missed=0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"since_ms": "5"},
        {"until_ms": None},
        {"missed": True},
        {"missed": 10**30},
        {"is_exact": 1},
        {"products_by_orders": "tea"},
        {"products_by_orders": [["tea", 1, "2"]]},
        {"products_by_amount": [{"name": "tea", "orders": 1, "amount": 2}]},
        {"customers_by_orders": [{"name": "C", "orders": 1, "amount": "much"}]},
        {"customers_by_amount": [{"name": None, "orders": 1, "amount": "2"}]},
    ],
)
async def test_a_top_of_other_types_is_unknown(lane: Lane, wrong: dict[str, object]) -> None:
    await write_top(lane, NOTHING)
    assert await read_top(lane) == NOTHING
    await lane.client.hset(lane.keys.ranking, "top", json.dumps(asdict(NOTHING) | wrong))
    assert await read_top(lane) is None


async def test_it_keeps_up_with_a_burst(lane: Lane, clock: Clock) -> None:
    tail = a_tail()
    await place_some(lane, random.Random(3), 3_000)
    clock.now_ms += TOP_EVERY_MS

    async def is_done() -> bool:
        await tail.turn(Term(lane, 1))
        clock.now_ms += TOP_EVERY_MS
        found = await read_top(lane)
        return found is not None and sum(p.orders for p in found.products_by_orders) > 2_000

    await wait_until(is_done)
    await assert_is_the_fold(lane)
