"""Operators' moves of many orders over the API: each is answered, and together they are one deed."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from orderstream.api import many
from orderstream.api import operating_schemas as schemas
from orderstream.models import AuditEntry
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import Caller, bearer
from tests.api.moved import begun, ended, events
from tests.api.test_problems import assert_problem
from tests.orders import placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

MOVES = ("cancel", "requeue", "discard")


async def recorded() -> list[tuple[str, str, str, dict[str, Any]]]:
    """All that the audit log has, oldest first."""
    found = AuditEntry.objects.order_by("pk")
    return [(entry.actor, entry.action, entry.reason, entry.details) async for entry in found]


async def test_of_many_each_is_answered_in_the_order_of_the_request(operator: Caller, lane: Lane) -> None:
    dead = await ended(lane, dead=True)
    running, _ = await begun(lane)
    waiting, broken = await placed_orders(lane, 2)
    await lane.client.hset(lane.keys.status(broken), "status", "shipped")
    ids = [waiting, "5-5", dead, running, broken]
    answer = await operator.post("/api/orders/cancel", {"orders": ids, "reason": "sold out"})
    assert answer.status_code == 200
    schemas.OperatedManyOut.model_validate(answer.json())
    codes = {row["order_id"]: row["code"] for row in answer.json()["orders"]}
    assert codes == dict(zip(ids, ["cancelled", "missing", "refused", "asked", "broken"], strict=True))
    assert list(codes) == ids
    assert answer.json()["done"] == 2
    [*_, event] = await events(operator, waiting)
    assert event["fields"]["reason"] == "sold out"


async def test_many_dead_letters_go_back_or_are_given_up(operator: Caller, lane: Lane) -> None:
    back, gone, given_up = [await ended(lane, dead=True) for _ in range(3)]
    await lane.client.xdel(lane.keys.stream, gone)
    answer = await operator.post("/api/orders/requeue", {"orders": [back, gone]})
    assert [row["code"] for row in answer.json()["orders"]] == ["requeued", "gone"]
    answer = await operator.post("/api/orders/discard", {"orders": [back, given_up]})
    assert [row["code"] for row in answer.json()["orders"]] == ["refused", "discarded"]
    assert answer.json()["done"] == 1


async def test_a_thousand_fit_into_one_request(operator: Caller, lane: Lane) -> None:
    ids = await placed_orders(lane, 1_000)
    answer = await operator.post("/api/orders/cancel", {"orders": ids, "reason": "\u5c71" * 166})
    assert answer.json()["done"] == 1_000


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["orders"]),
        ({"orders": []}, ["orders"]),
        ({"orders": "5-5"}, ["orders"]),
        ({"orders": [f"{n}-1" for n in range(1_001)]}, ["orders"]),
        (
            {"orders": ["5-5", "x", 7, None, "6-6", "5-5"]},
            ["orders[1]", "orders[2]", "orders[3]", "orders[5]"],
        ),
        ({"orders": ["05-5"], "reason": 5, "why": ""}, ["why", "reason", "orders[0]"]),
        ({"orders": ["5-5"], "reason": "a\x00"}, ["reason"]),
        ([], None),
    ],
)
@pytest.mark.parametrize("move", MOVES)
async def test_a_wrong_field_of_many_is_named(
    operator: Caller, lane: Lane, move: str, body: Any, fields: list[str] | None
) -> None:
    answer = await operator.post(f"/api/orders/{move}", body)
    assert_problem(answer, 422)
    assert fields is None or [error["field"] for error in answer.json()["errors"]] == fields


@pytest.mark.parametrize("move", MOVES)
async def test_moving_many_is_one_entry_of_the_audit_log(operator: Caller, lane: Lane, move: str) -> None:
    waiting, dead = await placed_orders(lane, 1), await ended(lane, dead=True)
    ids = [*waiting, dead, "5-5"]
    answer = await operator.post(f"/api/orders/{move}", {"orders": ids, "reason": "stock came"})
    assert answer.json()["done"] == 1
    action = {"cancel": "orders_cancelled", "requeue": "orders_requeued", "discard": "orders_discarded"}[move]
    assert await recorded() == [("key:desk", action, "stock came", {"orders": 3, "done": 1})]


async def test_portions_of_one_deed_are_one_entry(operator: Caller, lane: Lane) -> None:
    body: dict[str, Any] = {"reason": "stock came"}
    for count in (2, 1, 3):
        ids = [await ended(lane, dead=True) for _ in range(count)] + ["5-5"]
        answer = await operator.post("/api/orders/requeue", {**body, "orders": ids})
        body["deed"] = answer.json()["deed"]
    assert await recorded() == [("key:desk", "orders_requeued", "stock came", {"orders": 9, "done": 6})]


async def test_without_a_deed_each_request_is_one_of_its_own(operator: Caller, lane: Lane) -> None:
    for _ in range(2):
        await operator.post("/api/orders/discard", {"orders": [await ended(lane, dead=True)]})
    assert len(await recorded()) == 2


@pytest.mark.parametrize(
    ("move", "changed"),
    [
        ("discard", {}),
        ("requeue", {"reason": "another"}),
        ("requeue", {"deed": 10**6}),
        ("requeue", {"deed": 0}),
        ("requeue", {"deed": -1}),
        ("requeue", {"deed": 2**63}),
        ("requeue", {"deed": True}),
        ("requeue", {"deed": "1"}),
        ("requeue", {"deed": 1.0}),
    ],
)
async def test_what_belongs_to_another_deed_is_refused_and_moves_nothing(
    operator: Caller, lane: Lane, move: str, changed: dict[str, Any]
) -> None:
    first, second = [await ended(lane, dead=True) for _ in range(2)]
    answer = await operator.post("/api/orders/requeue", {"orders": [first], "reason": "why"})
    body = {"orders": [second], "reason": "why", "deed": answer.json()["deed"]} | changed
    before = await recorded()
    refusal = await operator.post(f"/api/orders/{move}", body)
    assert_problem(refusal, 422)
    assert [error["field"] for error in refusal.json()["errors"]] == ["deed"]
    assert await recorded() == before
    assert [event["type"] for event in await events(operator, second)][-1] == "order.failed"


async def test_a_deed_of_somebody_else_and_another_kind_of_entry_cannot_be_continued(
    operator: Caller, lane: Lane
) -> None:
    order_id = await ended(lane, dead=True)
    other = bearer(await sync_to_async(people.key)("orders:operate", name="other"))
    theirs = (await other.post("/api/orders/requeue", {"orders": ["5-5"]})).json()["deed"]
    paused = await AuditEntry.objects.acreate(actor="key:desk", action="orders_requeued")
    for deed in (theirs, paused.pk):
        answer = await operator.post("/api/orders/requeue", {"orders": [order_id], "deed": deed})
        assert_problem(answer, 422)


async def test_without_sql_many_are_not_moved(
    operator: Caller, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: object, **_more: object) -> None:
        raise OperationalError

    order_id = await ended(lane, dead=True)
    monkeypatch.setattr(many, "record_async", away)
    answer = await operator.post("/api/orders/requeue", {"orders": [order_id]})
    assert_problem(answer, 503)
    assert "nothing was done" in answer.json()["detail"]
    assert [event["type"] for event in await events(operator, order_id)][-1] == "order.failed"


async def test_what_was_moved_is_told_although_sql_went_away_meanwhile(
    operator: Caller, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: object) -> None:
        raise OperationalError

    monkeypatch.setattr(many, "count_done_async", away)
    answer = await operator.post("/api/orders/requeue", {"orders": [await ended(lane, dead=True)]})
    assert answer.json()["done"] == 1
    assert [details for *_, details in await recorded()] == [{"orders": 1, "done": 0}]
