"""POST /api/orders and /api/orders/batch: what is accepted, answered, replayed and refused."""

from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from orderstream.api import schemas
from orderstream.streams import orders_read
from orderstream.streams.events_log import events_of
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import ORDER, Caller, bearer

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def test_a_placed_order_is_pending_and_says_where_it_is(program: Caller, lane: Lane) -> None:
    answer = await program.post(
        "/api/orders", ORDER | {"note": "Türe links\nzweimal läuten", "reference": "日本"}
    )
    placed = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/orders/{placed['order_id']}"
    assert placed["status"] == "pending"
    assert (placed["price"], placed["amount"], placed["quantity"]) == ("4.15", "8.30", 2)
    assert (await program.get(answer["Location"])).json() == placed
    schemas.OrderOut.model_validate(placed)


async def test_the_event_names_the_key_that_placed_the_order(program: Caller, lane: Lane) -> None:
    order_id = (await program.post("/api/orders")).json()["order_id"]
    [event] = await events_of(lane, order_id)
    assert event.actor == "key:till"


@pytest.mark.parametrize(
    ("price", "answered"),
    [("4.15", "4.15"), (b"4.15", "4.15"), (b"0.1", "0.1"), (b"1e3", "1000"), (b"1000000000", "1000000000")],
)
async def test_a_price_never_passes_through_float(
    price: str | bytes, answered: str, program: Caller, lane: Lane
) -> None:
    body = b'{"customer_id": "C", "product_id": "P", "quantity": 3, "price": %s}'
    written = price if isinstance(price, bytes) else b'"%s"' % price.encode()
    placed = (await program.post("/api/orders", body % written)).json()
    assert placed["price"] == answered
    assert Decimal(placed["amount"]) == 3 * Decimal(answered)


async def test_seventeen_digits_of_a_price_are_refused_not_rounded(program: Caller) -> None:
    body = b'{"customer_id": "C", "product_id": "P", "quantity": 1, "price": 0.10000000000000001}'
    answer = await program.post("/api/orders", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "price")


REFUSED: dict[str, tuple[Any, str]] = {
    "quantity as text": (ORDER | {"quantity": "12"}, "quantity"),
    "quantity true": (ORDER | {"quantity": True}, "quantity"),
    "quantity 0": (ORDER | {"quantity": 0}, "quantity"),
    "quantity 10001": (ORDER | {"quantity": 10_001}, "quantity"),
    "quantity 2.0": (ORDER | {"quantity": 2.0}, "quantity"),
    "no price": ({k: v for k, v in ORDER.items() if k != "price"}, "price"),
    "price 0": (ORDER | {"price": 0}, "price"),
    "price beyond": (ORDER | {"price": "1000000000.01"}, "price"),
    "customer blank": (ORDER | {"customer_id": "  "}, "customer_id"),
    "customer with a control character": (ORDER | {"customer_id": "a\x00b"}, "customer_id"),
    "note too long": (ORDER | {"note": "x" * 501}, "note"),
    "unknown field": (ORDER | {"colour": "red"}, "colour"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_wrong_field_is_named_with_the_remedy(kind: str, program: Caller, lane: Lane) -> None:
    body, field = REFUSED[kind]
    answer = await program.post("/api/orders", body)
    problem = answer.json()
    assert answer.status_code == problem["status"] == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]
    assert await lane.client.xlen(lane.keys.stream) == 0
    schemas.ProblemOut.model_validate(problem)


async def test_all_wrong_fields_are_named_at_once(program: Caller) -> None:
    answer = await program.post("/api/orders", {"quantity": 0, "price": "x"})
    fields = {error["field"] for error in answer.json()["errors"]}
    assert fields == {"customer_id", "product_id", "quantity", "price"}


async def test_a_batch_is_placed_in_its_order(program: Caller, lane: Lane) -> None:
    orders = [ORDER | {"reference": str(number)} for number in range(1000)]
    answer = await program.post("/api/orders/batch", {"orders": orders})
    accepted = answer.json()["orders"]
    assert answer.status_code == 201
    assert {order["status"] for order in accepted} == {"pending"}
    entries = await lane.client.xrange(lane.keys.stream)
    assert [order["order_id"] for order in accepted] == [entry_id for entry_id, _ in entries]
    assert [entry["reference"] for _, entry in entries] == [str(number) for number in range(1000)]


async def test_one_wrong_order_of_a_batch_is_named_and_nothing_is_placed(program: Caller, lane: Lane) -> None:
    orders: list[Any] = [ORDER, ORDER | {"price": 0}, 7, ORDER | {"quantity": "3"}]
    answer = await program.post("/api/orders/batch", {"orders": orders})
    fields = [error["field"] for error in answer.json()["errors"]]
    assert answer.status_code == 422
    assert fields == ["orders[1].price", "orders[2]", "orders[3].quantity"]
    assert await lane.client.xlen(lane.keys.stream) == 0


@pytest.mark.parametrize(
    "body", [{}, {"orders": []}, {"orders": {}}, {"orders": [ORDER] * 1001}, {"orders": [ORDER], "more": 1}]
)
async def test_a_batch_holds_1_to_1000_orders_and_nothing_else(body: Any, program: Caller) -> None:
    answer = await program.post("/api/orders/batch", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_many_wrong_orders_give_an_answer_of_bounded_size(program: Caller) -> None:
    answer = await program.post("/api/orders/batch", {"orders": [{}] * 1000})
    assert len(answer.json()["errors"]) == 100
    assert "4000" in answer.json()["detail"]


async def test_the_same_key_and_body_give_the_same_order(program: Caller, lane: Lane) -> None:
    first = await program.post("/api/orders", ORDER, idempotency_key="a")
    again = await program.post("/api/orders", ORDER | {"price": 4.150}, idempotency_key="a")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_a_key_is_kept_for_a_day_under_the_callers_name(program: Caller, lane: Lane) -> None:
    await program.post("/api/orders", ORDER, idempotency_key="a")
    seconds = await lane.client.ttl(lane.keys.idempotency("key:till", "a"))
    assert 86_000 < seconds <= 86_400


async def test_the_same_key_with_another_body_is_a_conflict(program: Caller, lane: Lane) -> None:
    await program.post("/api/orders", ORDER, idempotency_key="a")
    answer = await program.post("/api/orders", ORDER | {"quantity": 3}, idempotency_key="a")
    assert answer.status_code == 409
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_an_idempotency_key_is_the_callers_own(program: Caller, lane: Lane) -> None:
    other = bearer(await sync_to_async(people.key)("orders:place", name="other"))
    first = await program.post("/api/orders", ORDER, idempotency_key="a")
    second = await other.post("/api/orders", ORDER, idempotency_key="a")
    assert first.json()["order_id"] != second.json()["order_id"]


async def test_a_batch_is_replayed_as_a_whole(program: Caller, lane: Lane) -> None:
    body = {"orders": [ORDER, ORDER, ORDER | {"quantity": 9}]}
    first = await program.post("/api/orders/batch", body, idempotency_key="a")
    again = await program.post("/api/orders/batch", body, idempotency_key="a")
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert await lane.client.xlen(lane.keys.stream) == 3


@pytest.mark.parametrize(
    "other",
    [
        ("/api/orders/batch", {"orders": [ORDER, ORDER, ORDER]}),
        ("/api/orders/batch", {"orders": [ORDER]}),
        ("/api/orders", ORDER),
    ],
)
async def test_a_key_of_a_batch_stands_for_no_other_body(
    other: tuple[str, Any], program: Caller, lane: Lane
) -> None:
    await program.post("/api/orders/batch", {"orders": [ORDER, ORDER]}, idempotency_key="a")
    assert (await program.post(*other, idempotency_key="a")).status_code == 409
    assert await lane.client.xlen(lane.keys.stream) == 2


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "sent,twice"])
async def test_an_idempotency_key_that_cannot_be_kept_is_refused(key: str, program: Caller) -> None:
    answer = await program.post("/api/orders", ORDER, idempotency_key=key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_a_full_backlog_says_when_to_ask_again(program: Caller, lane: Lane, settings: Settings) -> None:
    settings.ORDERSTREAM_BACKLOG_LIMIT = 1
    assert (await program.post("/api/orders")).status_code == 201
    answer = await program.post("/api/orders")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_a_replay_tells_how_far_the_order_is(program: Caller, lane: Lane) -> None:
    first = (await program.post("/api/orders", ORDER, idempotency_key="a")).json()
    await lane.client.hset(lane.keys.status(first["order_id"]), "status", "completed")
    again = await program.post("/api/orders", ORDER, idempotency_key="a")
    assert again.json()["status"] == "completed"
    assert (await orders_read.order(lane, first["order_id"])) is not None


async def test_a_replay_of_a_removed_order_does_not_call_it_pending(program: Caller, lane: Lane) -> None:
    first = (await program.post("/api/orders", ORDER, idempotency_key="a")).json()
    await lane.client.xdel(lane.keys.stream, first["order_id"])
    again = await program.post("/api/orders", ORDER, idempotency_key="a")
    assert (again.status_code, first["order_id"] in again.json()["detail"]) == (410, True)


async def test_a_replayed_batch_tells_which_orders_are_removed(program: Caller, lane: Lane) -> None:
    body = {"orders": [ORDER, ORDER]}
    first = (await program.post("/api/orders/batch", body, idempotency_key="a")).json()["orders"]
    await lane.client.xdel(lane.keys.stream, first[0]["order_id"])
    again = (await program.post("/api/orders/batch", body, idempotency_key="a")).json()["orders"]
    assert again == [first[0] | {"status": None}, first[1]]
