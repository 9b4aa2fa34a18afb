"""Operators' moves and notes over the API: every answer of each, for one order."""

from typing import Any

import pytest
from pytest_django import Settings

from orderstream.api import operating_schemas as schemas
from orderstream.streams.lane import Lane
from tests.api.conftest import Caller
from tests.api.moved import begun, ended, events
from tests.api.test_problems import assert_problem
from tests.orders import draft, foreign_entry, placed_order

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

MOVES = ("cancel", "requeue", "discard")


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
