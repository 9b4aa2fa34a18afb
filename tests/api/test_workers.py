"""Workers and control over the API: what is shown, asked, refused and recorded."""

from typing import Any

import pytest
from pytest_django import Settings

from orderstream.api import stream_schemas as schemas
from orderstream.models import AuditEntry
from orderstream.streams.controlling import ask
from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked, beat
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem, without_table
from tests.orders import placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
ASKS = {"pause": "pause", "resume": "", "drain": "drain", "stop": "stop"}
LEASE_MS = 60_000


async def beats(lane: Lane, name: str, lease_ms: int = LEASE_MS, **details: Any) -> None:
    fields = {"mode": "running", "concurrency": 4, "pid": 7, "host": "nara", "started_at": "1700000000.5"}
    await beat(lane, name, lease_ms=lease_ms, sweep_every_ms=0, fields=fields | details)


async def audited() -> list[tuple[str, str, str, str]]:
    """Oldest first."""
    found = [entry async for entry in AuditEntry.objects.order_by("pk")]
    return [(entry.actor, entry.action, entry.subject, entry.reason) for entry in found]


async def worker(caller: Caller, name: str) -> dict[str, Any]:
    answer = await caller.get("/api/workers")
    [found] = [row for row in answer.json()["workers"] if row["name"] == name]
    row: dict[str, Any] = found
    return row


async def test_workers_are_shown_by_name_as_they_stand(manager: Caller, lane: Lane) -> None:
    await beats(lane, "b-2", completed=5, failed=1, busy_ms=99, version="0.1.0", mode="paused")
    await beats(lane, "a-1", lease_ms=0)
    await placed_orders(lane, 3)
    await Deliveries(lane, "a-1").read(lane.client, 2, None)
    answer = (await manager.get("/api/workers")).json()
    schemas.WorkersOut.model_validate(answer)
    assert answer["paused"] is False
    lost, paused = answer["workers"]
    assert (lost["name"], lost["state"], lost["in_hand"], lost["asked"]) == ("a-1", "lost", 2, "")
    assert (paused["name"], paused["state"], paused["in_hand"]) == ("b-2", "paused", 0)
    assert (paused["completed"], paused["failed"], paused["busy_ms"]) == (5, 1, 99)
    assert (paused["pid"], paused["host"], paused["version"]) == (7, "nara", "0.1.0")
    assert (paused["concurrency"], paused["concurrency_asked"]) == (4, None)
    assert paused["started_at"] == 1_700_000_000_500
    assert paused["alive_until"] == paused["beat_at"] + LEASE_MS


async def test_where_there_is_no_worker_there_is_none(manager: Caller, client: Any, keys: Any) -> None:
    assert (await manager.get("/api/workers")).json() == {"paused": False, "workers": []}


async def test_what_a_worker_says_of_itself_can_break_no_answer(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1", pid="x", concurrency="9" * 5_000, host=b"\xff", started_at="1e999", mode="odd")
    row = await worker(manager, "a-1")
    assert (row["state"], row["pid"], row["concurrency"], row["started_at"]) == ("alive", None, None, None)
    assert row["host"] == "?"


@pytest.mark.parametrize("verb", ASKS)
async def test_what_is_asked_of_a_worker_is_accepted_recorded_and_shown(
    manager: Caller, lane: Lane, verb: str
) -> None:
    await beats(lane, "a-1")
    answer = await manager.send("POST", f"/api/workers/a-1/{verb}", {"reason": "too slow"})
    assert answer.status_code == 202
    assert answer.json() == {"name": "a-1", "asked": ASKS[verb]}
    assert (await worker(manager, "a-1"))["asked"] == ASKS[verb]
    assert await audited() == [("key:desk", f"{verb}_asked", "a-1", "too slow")]


async def test_resume_withdraws_a_pause_or_a_drain(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1")
    for verb in ("pause", "drain"):
        await manager.send("POST", f"/api/workers/a-1/{verb}")
        assert (await manager.send("POST", "/api/workers/a-1/resume")).status_code == 202
        assert (await worker(manager, "a-1"))["asked"] == ""


async def test_a_stop_is_final(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1")
    for _time in range(2):
        assert (await manager.send("POST", "/api/workers/a-1/stop")).status_code == 202
    for verb in ("pause", "resume", "drain"):
        answer = await manager.send("POST", f"/api/workers/a-1/{verb}")
        assert_problem(answer, 409)
        assert "cannot be withdrawn" in answer.json()["detail"]
    assert [action for _, action, _, _ in await audited()] == ["stop_asked"] * 2


@pytest.mark.parametrize("name", ["eve", "@waiting", "%00", "%F0%9F%98%80", "a%20b"])
@pytest.mark.parametrize("path", [*ASKS, "concurrency", "forget"])
async def test_an_unknown_worker_is_404(manager: Caller, lane: Lane, path: str, name: str) -> None:
    method, body = ("PUT", {"concurrency": 3}) if path == "concurrency" else ("POST", None)
    assert_problem(await manager.send(method, f"/api/workers/{name}/{path}", body), 404)
    assert await audited() == []


@pytest.mark.parametrize("path", [*ASKS, "concurrency"])
async def test_a_lost_worker_hears_nothing(manager: Caller, lane: Lane, path: str) -> None:
    await beats(lane, "a-1", lease_ms=0)
    method, body = ("PUT", {"concurrency": 3}) if path == "concurrency" else ("POST", None)
    answer = await manager.send(method, f"/api/workers/a-1/{path}", body)
    assert_problem(answer, 409)
    assert "is lost" in answer.json()["detail"]
    assert await audited() == []


async def test_a_concurrency_is_asked_and_given_back(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1")
    path = "/api/workers/a-1/concurrency"
    answer = await manager.send("PUT", path, {"concurrency": 20, "reason": "rush hour"})
    assert (answer.status_code, answer.json()) == (202, {"name": "a-1", "concurrency_asked": 20})
    row = await worker(manager, "a-1")
    assert (row["concurrency"], row["concurrency_asked"]) == (4, 20)
    answer = await manager.send("DELETE", path)
    assert (answer.status_code, answer.json()) == (202, {"name": "a-1", "concurrency_asked": None})
    assert (await worker(manager, "a-1"))["concurrency_asked"] is None
    assert await audited() == [
        ("key:desk", "concurrency_asked", "a-1", "rush hour"),
        ("key:desk", "concurrency_asked", "a-1", ""),
    ]
    details = [entry.details async for entry in AuditEntry.objects.order_by("pk")]
    assert details == [{"before": 4, "after": 20}, {"before": 20, "after": None}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"concurrency": 0},
        {"concurrency": -1},
        {"concurrency": 10_001},
        {"concurrency": 1.5},
        {"concurrency": "4"},
        {"concurrency": True},
        {"concurrency": None},
        {"concurrency": 10**400},
        {"concurrency": 4, "slots": 5},
        {"concurrency": 4, "reason": 5},
        [],
    ],
)
async def test_a_wrong_concurrency_is_refused(manager: Caller, lane: Lane, body: Any) -> None:
    await beats(lane, "a-1")
    assert_problem(await manager.send("PUT", "/api/workers/a-1/concurrency", body), 422)
    assert (await worker(manager, "a-1"))["concurrency_asked"] is None


@pytest.mark.parametrize("concurrency", [1, 10_000])
async def test_the_ends_of_its_span_are_taken(manager: Caller, lane: Lane, concurrency: int) -> None:
    await beats(lane, "a-1")
    answer = await manager.send("PUT", "/api/workers/a-1/concurrency", {"concurrency": concurrency})
    assert answer.status_code == 202


async def test_a_lost_worker_is_forgotten_once_nothing_is_pending_for_it(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1")
    answer = await manager.send("POST", "/api/workers/a-1/forget")
    assert_problem(answer, 409)
    assert "alive" in answer.json()["detail"]
    orders = await placed_orders(lane, 2)
    await Deliveries(lane, "a-1").read(lane.client, 2, None)
    await beats(lane, "a-1", lease_ms=0)
    answer = await manager.send("POST", "/api/workers/a-1/forget")
    assert_problem(answer, 409)
    assert answer.json()["detail"].startswith("2 orders are pending for this worker")
    await Deliveries(lane, "a-1").release([(order, None) for order in orders])
    answer = await manager.send("POST", "/api/workers/a-1/forget", {"reason": "burnt"})
    assert (answer.status_code, answer.json()) == (200, {"name": "a-1"})
    assert (await manager.get("/api/workers")).json()["workers"] == []
    assert await audited() == [("key:desk", "forgotten", "a-1", "burnt")]
    assert_problem(await manager.send("POST", "/api/workers/a-1/forget"), 404)


async def test_all_processing_is_paused_and_resumed(manager: Caller, lane: Lane) -> None:
    answer = await manager.send("POST", "/api/control/pause", {"reason": "stocktaking"})
    assert (answer.status_code, answer.json()) == (200, {"paused": True})
    assert (await manager.get("/api/workers")).json()["paused"] is True
    answer = await manager.send("POST", "/api/control/resume")
    assert (answer.status_code, answer.json()) == (200, {"paused": False})
    assert (await manager.get("/api/workers")).json()["paused"] is False
    assert await audited() == [("key:desk", "paused", "", "stocktaking"), ("key:desk", "resumed", "", "")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": "x" * 501}, 422),
        ({"why": 1}, 422),
        (b"{", 400),
        (b"[]", 422),
        (b"\xff", 400),
        (b" " * 70_000, 413),
    ],
)
@pytest.mark.parametrize(
    "path",
    ["control/pause", "control/resume", "workers/a-1/drain", "workers/a-1/forget", "workers/a-1/pause?x=1"],
)
async def test_a_wrong_body_changes_nothing_and_is_not_recorded(
    manager: Caller, lane: Lane, path: str, body: Any, status: int
) -> None:
    await beats(lane, "a-1")
    answer = await manager.send("POST", f"/api/{path}", body)
    assert_problem(answer, 422 if "?" in path else status)
    assert await audited() == []
    assert (await worker(manager, "a-1"))["asked"] == ""


async def test_what_cannot_be_recorded_is_not_done(manager: Caller, lane: Lane) -> None:
    await beats(lane, "a-1")
    async with without_table("orderstream_auditentry"):
        for path in ("control/pause", "workers/a-1/stop"):
            answer = await manager.send("POST", f"/api/{path}")
            assert_problem(answer, 503)
            assert "nothing was done" in answer.json()["detail"]
    answer = (await manager.get("/api/workers")).json()
    assert answer["paused"] is False
    assert answer["workers"][0]["asked"] == ""


async def test_a_worker_that_is_gone_when_it_is_asked_is_told_as_the_step_says(lane: Lane) -> None:
    assert await ask(lane, "a-1", Asked.PAUSE) == "unknown"


async def test_without_redis_nobody_knows_whether_it_was_done(manager: Caller, settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    answer = await manager.send("POST", "/api/control/pause")
    assert_problem(answer, 503)
    assert "whether this was done" in answer.json()["detail"]
    assert_problem(await manager.get("/api/workers"), 503)


async def test_reading_answers_head(manager: Caller, lane: Lane) -> None:
    for path in ("/api/workers", "/api/audit"):
        assert (await manager.send("HEAD", path)).status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("workers", {"GET", "HEAD"}),
        ("audit", {"GET", "HEAD"}),
        ("control/pause", {"POST"}),
        ("workers/a-1/stop", {"POST"}),
        ("workers/a-1/concurrency", {"PUT", "DELETE"}),
    ],
)
async def test_another_method_names_those_allowed(manager: Caller, path: str, allowed: set[str]) -> None:
    answer = await manager.send("PATCH", f"/api/{path}")
    assert_problem(answer, 405)
    assert set(answer["Allow"].split(", ")) == allowed
