"""What programs are told of the stream, its groups, consumers and pending entries; what they ask wrongly."""

from typing import Any

import pytest

from orderstream.api import inspection_schemas as out
from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from tests.api.conftest import Caller
from tests.orders import foreign_entry, placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def asked(program: Caller, path: str) -> Any:
    answer = await program.get(f"/api/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


async def taken(lane: Lane, worker: str, count: int) -> list[str]:
    """Read and begun by a worker that lives."""
    await beat(lane, worker, lease_ms=60_000, sweep_every_ms=10**9, fields={})
    deliveries = Deliveries(lane, worker)
    ids = [each.order_id for each in await deliveries.read(lane.client, count, None)]
    await deliveries.begin(ids, lease_ms=60_000, patience_ms=60_000, attempts=5)
    return ids


async def test_a_stream(program: Caller, lane: Lane) -> None:
    ids = await placed_orders(lane, 3)
    answer = await asked(program, "stream")
    out.StreamOut.model_validate(answer)
    assert (answer["name"], answer["key"]) == ("orders", lane.keys.stream)
    assert (answer["length"], answer["entries_added"], answer["groups"]) == (3, 3, 1)
    assert (answer["first_id"], answer["last_id"]) == (ids[0], ids[2])
    assert answer["first_at"].endswith("Z")
    assert answer["memory_bytes"] > 0
    assert answer["written_per_second"] is None
    assert (await asked(program, "stream?name=events"))["key"] == lane.keys.events
    assert (await asked(program, "stream?name=metrics"))["last_id"] is None


async def test_the_groups_with_a_foreign_one(program: Caller, lane: Lane) -> None:
    ids = await placed_orders(lane, 4)
    await taken(lane, "ann", 1)
    await lane.client.xgroup_create(lane.keys.stream, "warehouse", id=ids[1])
    answer = await asked(program, "groups")
    out.GroupsOut.model_validate(answer)
    ours, foreign = answer["groups"]
    assert (ours["name"], ours["lag"], ours["lag_from"]) == ("order_processors", 3, "server")
    assert (ours["pending"], ours["consumers"], ours["oldest_pending_id"]) == (1, 1, ids[0])
    assert (foreign["name"], foreign["lag"], foreign["lag_from"]) == ("warehouse", 2, "counted")
    assert foreign["lag_reason"] == "counted, since the server does not know it"
    assert foreign["oldest_pending_at"] is None


async def test_the_consumers_and_which_of_them_live(program: Caller, lane: Lane) -> None:
    await placed_orders(lane, 3)
    await taken(lane, "ann", 2)
    await lane.client.xreadgroup(lane.group, "stranger", {lane.keys.stream: ">"})
    answer = await asked(program, "consumers")
    out.ConsumersOut.model_validate(answer)
    found = [(row["name"], row["pending"], row["state"]) for row in answer["consumers"]]
    assert found == [("ann", 2, "alive"), ("stranger", 1, "foreign")]
    assert answer["left_out"] == 0


async def test_the_pending_entries_page_by_page(program: Caller, lane: Lane) -> None:
    await placed_orders(lane, 5)
    ids = await taken(lane, "ann", 5)
    first = await asked(program, "pending?limit=3")
    out.PendingPageOut.model_validate(first)
    second = await asked(program, f"pending?limit=3&cursor={first['next_cursor']}&consumer=ann")
    assert [row["entry_id"] for row in first["pending"] + second["pending"]] == ids
    assert second["next_cursor"] is None
    row = first["pending"][0]
    assert (row["owner"], row["worker"], row["status"], row["attempt"]) == ("ann", "ann", "processing", 1)
    assert row["started_at"].endswith("Z")
    assert (await asked(program, "pending?min_idle=3600000"))["pending"] == []
    assert (await asked(program, "pending?consumer=bob"))["pending"] == []


async def test_behind_the_largest_cursor_there_is_nothing_pending(program: Caller, lane: Lane) -> None:
    await placed_orders(lane, 1)
    await taken(lane, "ann", 1)
    last = f"{2**64 - 1}-{2**64 - 1}"
    answer = await asked(program, f"pending?cursor={last}")
    assert (answer["pending"], answer["next_cursor"]) == ([], None)
    assert (await asked(program, f"pending?cursor={last}&min_idle=5"))["pending"] == []


async def test_before_the_first_worker_there_is_nothing_pending(program: Caller, lane: Lane) -> None:
    await placed_orders(lane, 1)
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    assert (await asked(program, "groups"))["groups"] == []
    assert (await asked(program, "consumers"))["consumers"] == []
    assert (await asked(program, "pending")) == {
        "group": "order_processors",
        "pending": [],
        "next_cursor": None,
    }


async def test_without_any_stream_the_answers_are_empty(program: Caller, lane: Lane) -> None:
    await lane.client.delete(lane.keys.stream)
    assert (await asked(program, "stream"))["length"] == 0
    assert (await asked(program, "groups"))["groups"] == []
    assert (await asked(program, "pending"))["pending"] == []


async def test_names_that_are_no_text_break_no_answer(program: Caller, lane: Lane) -> None:
    await foreign_entry(lane, {"n": "1"})
    await lane.client.xgroup_create(lane.keys.stream, b"\xff", id="0")
    await lane.client.xreadgroup(b"\xff", b"\xfe", {lane.keys.stream: ">"})
    assert "?" in [group["name"] for group in (await asked(program, "groups"))["groups"]]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("stream?name=order", "name"),
        ("stream?nam=orders", "nam"),
        ("groups?group=x", "group"),
        ("groups?name=x", "name"),
        ("consumers?group=warehouse", "group"),
        ("consumers?group=", "group"),
        ("consumers?name=events&group=order_processors", "group"),
        ("pending?group=warehouse", "group"),
        (f"pending?consumer={'c' * 257}", "consumer"),
        ("pending?min_idle=1s", "min_idle"),
        ("pending?min_idle=-1", "min_idle"),
        ("pending?min_idle=%D9%A1", "min_idle"),
        (f"pending?min_idle={'9' * 14}", "min_idle"),
        ("pending?limit=501", "limit"),
        ("pending?cursor=x", "cursor"),
        ("pending?consume=ann", "consume"),
    ],
)
async def test_a_wrong_parameter_is_named(path: str, field: str, program: Caller, lane: Lane) -> None:
    answer = await program.get(f"/api/{path}")
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == field


async def test_an_unknown_group_names_the_known_ones(program: Caller, lane: Lane) -> None:
    answer = await program.get("/api/consumers?group=order_procesors")
    assert "order_processors" in answer.json()["errors"][0]["message"]
