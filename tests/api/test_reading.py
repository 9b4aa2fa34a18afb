"""GET /api/orders, one order and its events: merged, newest first, and complete over the pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderstream.api import schemas
from orderstream.streams import events_log
from orderstream.streams.lane import Lane
from tests.api.conftest import Caller
from tests.orders import foreign_entry, placed_order, placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [order["order_id"] for order in answer.json()["orders"]]


async def test_an_order_is_its_entry_with_its_latest_status(program: Caller, lane: Lane) -> None:
    order_id = await placed_order(lane, note="ring twice")
    status = {
        "status": "completed",
        "version": "3",
        "worker_id": "worker-1-ab",
        "processed_at": "1795201324.250",
        "processing_time": "1.250",
        "attempt": "1",
    }
    await lane.client.hset(lane.keys.status(order_id), mapping=status)
    order = (await program.get(f"/api/orders/{order_id}")).json()
    schemas.OrderOut.model_validate(order)
    assert order["note"] == "ring twice"
    assert order["status"] == "completed"
    assert order["worker_id"] == "worker-1-ab"
    assert order["processed_at"] == "2026-11-20T19:02:04.250Z"
    assert order["processing_time"] == 1.25


@pytest.mark.parametrize(
    "order_id",
    [
        "1-1",
        "0-0",
        "x",
        "1",
        "-",
        "+",
        "1-",
        "01-1",
        "1-1-1",
        "99999999999999999999-0",
        "%00",
        "$",
        "%F0%9F%98%80",
    ],
)
@pytest.mark.parametrize("path", ["/api/orders/{}", "/api/orders/{}/events"])
async def test_an_unknown_order_is_404(order_id: str, path: str, program: Caller, lane: Lane) -> None:
    answer = await program.get(path.format(order_id))
    assert answer.status_code == answer.json()["status"] == 404


async def test_the_log_is_not_looked_through_for_an_order_that_never_was(
    program: Caller, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    await placed_order(lane)
    monkeypatch.setattr(events_log, "events_of", None)
    answer = await program.get("/api/orders/1000000000000-0/events")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/{}", "/api/orders/{}/events"])
async def test_head_answers_wherever_get_does(path: str, program: Caller, lane: Lane) -> None:
    asked = path.format(await placed_order(lane))
    head = await program.client.head(asked, headers=program.headers)
    get = await program.get(asked)
    assert (head.status_code, head["Content-Type"]) == (get.status_code, get["Content-Type"])


async def test_the_events_of_an_order_tell_its_way(program: Caller, lane: Lane) -> None:
    order_id = await placed_order(lane)
    await placed_order(lane)
    answer = (await program.get(f"/api/orders/{order_id}/events")).json()
    schemas.EventsOut.model_validate(answer)
    [event] = answer["events"]
    assert (event["type"], event["version"], event["from"], event["to"]) == ("order.placed", 1, "", "pending")
    assert event["fields"]["customer_id"] == "C-1"


async def test_pages_together_are_everything_newest_first(program: Caller, lane: Lane) -> None:
    placed = await placed_orders(lane, 25)
    seen, cursor = [], ""
    while cursor is not None:
        answer = await program.get(f"/api/orders?limit=10&cursor={cursor}")
        seen += ids(answer)
        cursor = answer.json()["next_cursor"]
    assert seen == placed[::-1]
    schemas.OrdersOut.model_validate(answer.json())


async def test_a_span_by_id_includes_its_ends(program: Caller, lane: Lane) -> None:
    first, second, third = [await placed_order(lane) for _ in range(3)]
    assert ids(await program.get(f"/api/orders?since={second}")) == [third, second]
    assert ids(await program.get(f"/api/orders?until={second}")) == [second, first]
    assert ids(await program.get(f"/api/orders?since={second}&until={second}")) == [second]


async def test_a_span_by_time(program: Caller, lane: Lane) -> None:
    old = await foreign_entry(lane, {"customer_id": "C"}, "1700000000000-0")
    new = await placed_order(lane)
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="seconds")
    # The plus of +00:00 as a browser sends it, and as most programs do: decoded to a blank.
    assert ids(await program.get(f"/api/orders?since={hour_ago.replace('+', '%2B')}")) == [new]
    assert ids(await program.get(f"/api/orders?since={hour_ago}")) == [new]
    assert ids(await program.get("/api/orders?until=2023-11-14T22:13:20Z")) == [old]
    assert ids(await program.get("/api/orders?until=2023-11-14T22:13:19.999Z")) == []
    assert ids(await program.get("/api/orders?until=1700000000000")) == [old]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("since=2026-11-20T10:00:00", "since"),
        ("until=99999999999999999999-0", "until"),
        ("until=-1", "until"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%D9%A1", "limit"),
        ("cursor=1", "cursor"),
        ("cursor=0-0", "cursor"),
        ("cursor=(1-1", "cursor"),
        ("untill=2026-11-20T10:00:00Z", "untill"),
    ],
)
async def test_a_wrong_parameter_is_named(query: str, field: str, program: Caller, lane: Lane) -> None:
    answer = await program.get(f"/api/orders?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00%2B23:59",
        "1960-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
    ],
)
@pytest.mark.parametrize("name", ["since", "until"])
async def test_the_ends_of_the_calendar_are_no_error(
    name: str, moment: str, program: Caller, lane: Lane
) -> None:
    order_id = await placed_order(lane)
    is_far_future = moment.startswith("9")
    found = ids(await program.get(f"/api/orders?{name}={moment}"))
    assert found == ([order_id] if is_far_future == (name == "until") else [])


@pytest.mark.parametrize(("price", "quantity", "shown"), [("NaN", "-3", None), ("9e999999", "3", 3)])
async def test_an_entry_that_is_no_order_is_shown_as_far_as_it_goes(
    program: Caller, lane: Lane, price: str, quantity: str, shown: int | None
) -> None:
    """Anybody may write into the stream: bytes that are no text, a time far away, a price that is none."""
    order_id = await foreign_entry(
        lane,
        {"customer_id": b"\xff\xfe", "price": price, "quantity": quantity},
        "18446744073709551615-0",
    )
    order = (await program.get(f"/api/orders/{order_id}")).json()
    assert (order["customer_id"], order["amount"], order["quantity"]) == ("??", None, shown)
    assert ids(await program.get("/api/orders")) == [order_id]


async def test_an_order_that_cannot_be_read_is_a_problem_and_the_others_stay(
    program: Caller, lane: Lane
) -> None:
    kept, broken = await placed_orders(lane, 2)
    await lane.client.hset(lane.keys.status(broken), "status", "shipped")
    assert ids(await program.get("/api/orders")) == [kept]
    answer = await program.get(f"/api/orders/{broken}")
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["detail"]
    assert (await program.get(f"/api/orders/{broken}/events")).status_code == 200
