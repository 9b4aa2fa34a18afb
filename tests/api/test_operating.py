"""Operators' moves and notes over the API: every answer of each, one order and many."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from orderstream.api import operating_schemas as schemas
from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams.deliveries import Begun, Deliveries, Report
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import Caller, bearer
from tests.api.test_problems import assert_problem
from tests.orders import draft, foreign_entry, placed_order, placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

MOVES = ("cancel", "requeue", "discard")


@pytest.fixture
async def operator(transactional_db: None) -> Caller:
    return bearer(await sync_to_async(people.key)("orders:operate", "orders:read", name="desk"))


async def begun(lane: Lane) -> tuple[str, int]:
    """An order in processing, and its fence."""
    order_id = await placed_order(lane)
    worker = Deliveries(lane, "w-1")
    await worker.read(lane.client, 10, None)
    [answer] = await worker.begin([order_id], lease_ms=60_000, patience_ms=60_000, attempts=5)
    assert isinstance(answer, Begun)
    return order_id, answer.fence


async def ended(lane: Lane, *, dead: bool = False) -> str:
    order_id, fence = await begun(lane)
    outcome = Rejected("NoStock", "none left") if dead else Completed()
    await Deliveries(lane, "w-1").finish([Report(order_id, fence, outcome, 5)], attempts=5)
    return order_id


async def events(caller: Caller, order_id: str) -> list[dict[str, Any]]:
    answer = await caller.get(f"/api/orders/{order_id}/events")
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


async def moved(caller: Caller, order_id: str, move: str, reason: str | None = None) -> Any:
    body = None if reason is None else {"reason": reason}
    return await caller.send("POST", f"/api/orders/{order_id}/{move}", body)


async def test_what_nobody_works_on_is_cancelled_at_once_and_says_by_whom_and_why(
    operator: Caller, lane: Lane
) -> None:
    order_id = await placed_order(lane)
    answer = await moved(operator, order_id, "cancel", "typing error")
    assert answer.status_code == 200
    assert answer.json() == {"order_id": order_id, "code": "cancelled", "status": "cancelled"}
    [*_, event] = await events(operator, order_id)
    assert (event["type"], event["actor"]) == ("order.cancelled", "key:desk")
    assert event["fields"]["reason"] == "typing error"


async def test_of_what_is_processed_a_cancel_is_asked_once(operator: Caller, lane: Lane) -> None:
    order_id, _ = await begun(lane)
    for _time in range(2):
        answer = await moved(operator, order_id, "cancel", "too late?")
        assert answer.json() == {"order_id": order_id, "code": "asked", "status": "processing"}
    types = [event["type"] for event in await events(operator, order_id)]
    assert types == ["order.placed", "order.started", "order.cancel_asked"]


async def test_a_dead_letter_is_requeued_once(operator: Caller, lane: Lane) -> None:
    order_id = await ended(lane, dead=True)
    answer = await moved(operator, order_id, "requeue", "stock came")
    assert answer.json() == {"order_id": order_id, "code": "requeued", "status": "pending"}
    again = await moved(operator, order_id, "requeue")
    assert_problem(again, 409)
    assert "is pending" in again.json()["detail"]
    [*_, event] = await events(operator, order_id)
    assert (event["type"], event["fields"]["reason"]) == ("order.requeued", "stock came")


async def test_a_dead_letter_is_discarded_once(operator: Caller, lane: Lane) -> None:
    order_id = await ended(lane, dead=True)
    answer = await moved(operator, order_id, "discard")
    assert answer.json() == {"order_id": order_id, "code": "discarded", "status": "cancelled"}
    assert_problem(await moved(operator, order_id, "discard"), 409)


@pytest.mark.parametrize(
    ("dead", "move", "words"),
    [
        (True, "cancel", "This order is failed; what can be done to it now is: requeue or discard."),
        (False, "cancel", "This order is completed, which is final"),
        (False, "requeue", "This order is completed, which is final"),
        (False, "discard", "This order is completed, which is final"),
    ],
)
async def test_a_refusal_names_the_status_and_what_would_be_possible(
    operator: Caller, lane: Lane, dead: bool, move: str, words: str
) -> None:
    order_id = await ended(lane, dead=dead)
    before = await events(operator, order_id)
    answer = await moved(operator, order_id, move)
    assert_problem(answer, 409)
    assert words in answer.json()["detail"]
    assert await events(operator, order_id) == before


@pytest.mark.parametrize("move", ["requeue", "discard"])
async def test_what_has_not_failed_can_only_be_cancelled(operator: Caller, lane: Lane, move: str) -> None:
    answer = await moved(operator, await placed_order(lane), move)
    assert_problem(answer, 409)
    assert answer.json()["detail"] == "This order is pending; what can be done to it now is: cancel."


@pytest.mark.parametrize("order_id", ["5-5", "x", "0-0", "%00", "99999999999999999999-0", "1"])
@pytest.mark.parametrize("path", [*MOVES, "notes"])
async def test_an_unknown_order_is_404(operator: Caller, lane: Lane, path: str, order_id: str) -> None:
    body = {"text": "hm"} if path == "notes" else None
    assert_problem(await operator.send("POST", f"/api/orders/{order_id}/{path}", body), 404)


async def test_a_dead_letter_without_its_entry_is_gone_and_can_be_discarded(
    operator: Caller, lane: Lane
) -> None:
    order_id = await ended(lane, dead=True)
    await lane.client.xdel(lane.keys.stream, order_id)
    answer = await moved(operator, order_id, "requeue")
    assert_problem(answer, 410)
    assert answer.json()["detail"] == schemas.ENTRY_GONE
    assert (await moved(operator, order_id, "discard")).status_code == 200


@pytest.mark.parametrize("path", [*MOVES, "notes"])
async def test_a_broken_order_is_503_and_stays_as_it_is(operator: Caller, lane: Lane, path: str) -> None:
    order_id = await placed_order(lane)
    await lane.client.hset(lane.keys.status(order_id), "status", "shipped")
    body = {"text": "hm"} if path == "notes" else None
    answer = await operator.send("POST", f"/api/orders/{order_id}/{path}", body)
    assert_problem(answer, 503)
    assert "cannot be read" in answer.json()["detail"]


async def test_an_entry_that_nobody_has_adopted_yet_is_an_order_too(operator: Caller, lane: Lane) -> None:
    order_id = await foreign_entry(lane, draft().wire())
    assert (await moved(operator, order_id, "cancel")).json()["code"] == "cancelled"


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


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "a" * 501}, 422),
        ({"reason": "\u5c71" * 167}, 422),
        ({"reason": ["x"]}, 422),
        ({"reason": "\x1b[31m"}, 422),
        ({"why": "x"}, 422),
        (b'{"reason": "a", "reason": "b"}', 422),
        (b'{"reason": "\\ud800"}', 422),
        (b"[]", 422),
        (b"{", 400),
        (b"\xff", 400),
        (b" " * 70_000, 413),
    ],
)
@pytest.mark.parametrize("move", MOVES)
async def test_a_wrong_body_changes_nothing(
    operator: Caller, lane: Lane, move: str, body: Any, status: int
) -> None:
    order_id = await placed_order(lane)
    assert_problem(await operator.send("POST", f"/api/orders/{order_id}/{move}", body), status)
    assert len(await events(operator, order_id)) == 1


@pytest.mark.parametrize("body", [None, {}, {"reason": None}, {"reason": ""}, {"reason": "one\ntwo"}])
async def test_the_reason_may_be_left_out(operator: Caller, lane: Lane, body: Any) -> None:
    order_id = await placed_order(lane)
    assert (await operator.send("POST", f"/api/orders/{order_id}/cancel", body)).status_code == 200
    [*_, event] = await events(operator, order_id)
    assert event["fields"].get("reason", "") == ((body or {}).get("reason") or "")


async def test_a_body_of_another_kind_is_415(operator: Caller, lane: Lane) -> None:
    path = f"/api/orders/{await placed_order(lane)}/cancel"
    answer = await operator.client.generic("POST", path, b"reason=x", "text/plain", headers=operator.headers)
    assert_problem(answer, 415)


async def test_a_parameter_in_the_address_is_not_taken_for_a_reason(operator: Caller, lane: Lane) -> None:
    answer = await operator.send("POST", f"/api/orders/{await placed_order(lane)}/cancel?reason=x")
    assert_problem(answer, 422)


async def test_a_note_stands_among_the_events_of_an_order_whatever_became_of_it(
    operator: Caller, lane: Lane
) -> None:
    order_id = await ended(lane)
    before = (await operator.get(f"/api/orders/{order_id}")).json()
    answer = await operator.post(f"/api/orders/{order_id}/notes", {"text": " by Friday\nor not at all "})
    assert answer.status_code == 201
    assert answer.json() == {"order_id": order_id, "version": before["version"] + 1}
    assert (await operator.get(f"/api/orders/{order_id}")).json() == before | answer.json()
    [*_, event] = await events(operator, order_id)
    assert (event["type"], event["actor"], event["from"], event["to"]) == (
        "order.noted",
        "key:desk",
        "completed",
        "completed",
    )
    assert event["fields"] == {"text": "by Friday\nor not at all"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": " "},
        {"text": None},
        {"text": "x" * 501},
        {"text": "x", "y": 1},
        [],
        {"text": 1},
    ],
)
async def test_a_wrong_note_is_refused(operator: Caller, lane: Lane, body: Any) -> None:
    order_id = await placed_order(lane)
    assert_problem(await operator.post(f"/api/orders/{order_id}/notes", body), 422)
    assert len(await events(operator, order_id)) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_only_post_moves_an_order(operator: Caller, lane: Lane, method: str) -> None:
    answer = await operator.send(method, f"/api/orders/{await placed_order(lane)}/cancel")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


async def test_without_redis_nobody_knows_whether_it_was_done(operator: Caller, settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    for path, body in {"5-5/cancel": None, "cancel": {"orders": ["5-5"]}, "5-5/notes": {"text": "x"}}.items():
        answer = await operator.send("POST", f"/api/orders/{path}", body)
        assert_problem(answer, 503)
        assert "whether this was done" in answer.json()["detail"]


async def test_the_documentation_shows_bodies_and_refusals(operator: Caller) -> None:
    paths = (await operator.get("/api/openapi.json")).json()["paths"]
    cancel = paths["/api/orders/{order_id}/cancel"]["post"]
    assert cancel["requestBody"]["required"] is False
    refusal = cancel["responses"]["409"]["content"]["application/problem+json"]["example"]
    assert refusal["detail"] == schemas.STATES_NOW
    assert paths["/api/orders/cancel"]["post"]["requestBody"]["content"]["application/json"]["example"]
