"""All that Redis holds of one order, also when some of it is broken or gone."""

import pytest

from orderstream.streams import order_findings
from orderstream.streams.lane import Lane
from orderstream.streams.operating import requeue
from orderstream.streams.order_findings import Ahead, Findings, find, state_of
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.streams.scene import REJECTED, Clock, Worker


async def found(lane: Lane, order_id: str) -> Findings:
    findings = await find(lane, order_id)
    assert findings is not None
    return findings


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    worker = Worker(lane, "ann")
    await worker.beat()
    return worker


async def test_an_order_that_waits_has_its_place(lane: Lane) -> None:
    _, second, _ = await placed_orders(lane, 3)
    findings = await found(lane, second)
    assert (findings.is_delivered, findings.ahead, findings.holder) == (False, Ahead(1, True), None)
    assert findings.entry is not None
    assert findings.entry["customer_id"] == "C-1"
    assert findings.order is not None
    assert (findings.order.version, findings.fault) == (1, "")


async def test_a_long_queue_is_counted_up_to_a_bound(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_findings, "_COUNT_PAGE", 2)
    monkeypatch.setattr(order_findings, "COUNTED_MAX", 4)
    ids = await placed_orders(lane, 7)
    aheads = [(await found(lane, order_id)).ahead for order_id in ids]
    assert aheads[:4] == [Ahead(count, True) for count in range(4)]
    assert aheads[5:] == [Ahead(4, False), Ahead(4, False)]


async def test_whoever_holds_it_is_named(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.begun(await worker.read(1))
    holder = (await found(lane, order_id)).holder
    assert holder is not None
    assert (holder.consumer, holder.deliveries, holder.is_parked) == ("ann", 1, False)
    assert holder.idle_ms >= 0
    findings = await found(lane, order_id)
    assert (findings.is_delivered, findings.ahead) == (True, None)


async def test_one_that_was_sent_back_stands_behind_those_that_are_due_sooner(
    lane: Lane, worker: Worker, clock: Clock
) -> None:
    ids = await placed_orders(lane, 2)
    await worker.finish(await worker.begun(await worker.read(2)), REJECTED)
    for order_id in ids:
        await requeue(lane, [order_id], actor="user:boss")
        clock.advance(5)
    findings = await found(lane, ids[1])
    assert findings.holder is not None
    assert findings.holder.is_parked
    assert [(await found(lane, order_id)).ahead for order_id in ids] == [Ahead(0, True), Ahead(1, True)]


async def test_without_the_group_nobody_knows_whether_it_was_handed_out(lane: Lane) -> None:
    order_id = await placed_order(lane)
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    findings = await found(lane, order_id)
    assert (findings.is_delivered, findings.ahead, findings.holder) == (None, None, None)


@pytest.mark.parametrize("order_id", ["1-1", "18446744073709551615-18446744073709551615"])
async def test_an_id_of_which_there_is_nothing(lane: Lane, order_id: str) -> None:
    assert await find(lane, order_id) is None
    assert await state_of(lane, order_id) is None


async def test_an_entry_that_is_not_adopted_yet(lane: Lane) -> None:
    order_id = await foreign_entry(lane, {"customer_id": "7"})
    findings = await found(lane, order_id)
    assert findings.order is not None
    assert (findings.order.version, findings.status) == (0, {})


async def test_a_status_without_its_entry(lane: Lane) -> None:
    order_id = await placed_order(lane)
    await lane.command("XDEL", lane.keys.stream, order_id)
    findings = await found(lane, order_id)
    assert findings.entry is None
    assert findings.order is not None
    assert findings.status["status"] == "pending"


@pytest.mark.parametrize(
    ("field", "value"), [("status", "shipped"), ("version", "many"), ("started_at", "9e99")]
)
async def test_a_status_that_no_step_writes_is_told_as_it_is(lane: Lane, field: str, value: str) -> None:
    order_id = await placed_order(lane)
    await lane.command("HSET", lane.keys.status(order_id), field, value)
    findings = await found(lane, order_id)
    assert findings.order is None
    assert findings.fault
    assert findings.status[field] == value


async def test_a_status_that_is_no_hash(lane: Lane) -> None:
    order_id = await placed_order(lane)
    await lane.command("SET", lane.keys.status(order_id), "x")
    findings = await found(lane, order_id)
    assert (findings.order, findings.status) == (None, {})
    assert "WRONGTYPE" in findings.fault
    assert await state_of(lane, order_id) is None


async def test_the_state_is_what_changes_with_each_event(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    assert await state_of(lane, order_id) == ("pending", "1")
    await worker.begun(await worker.read(1))
    assert await state_of(lane, order_id) == ("processing", "2")
