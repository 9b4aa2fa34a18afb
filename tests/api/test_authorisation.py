"""I15: every endpoint against every kind of caller, before anything else is asked of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient

from orderstream.models import AuditEntry
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from orderstream.streams.repairs import restore_or_adopt
from tests.access import people
from tests.api.conftest import ORDER, Caller, bearer
from tests.orders import foreign_entry, placed_order

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

READ, PLACE, OPERATE, STREAM = "read", "place", "operate", "stream"
ENDPOINTS = {
    "order": (READ, "/api/orders/{id}"),
    "events": (READ, "/api/orders/{id}/events"),
    "list": (READ, "/api/orders"),
    "stream": (READ, "/api/stream"),
    "groups": (READ, "/api/groups"),
    "consumers": (READ, "/api/consumers"),
    "pending": (READ, "/api/pending"),
    "metrics": (READ, "/api/metrics"),
    "ranking": (READ, "/api/ranking"),
    "verdict": (READ, "/api/verdict"),
    "place": (PLACE, "/api/orders"),
    "batch": (PLACE, "/api/orders/batch"),
    "cancel": (OPERATE, "/api/orders/{id}/cancel"),
    "requeue": (OPERATE, "/api/orders/{dead}/requeue"),
    "discard": (OPERATE, "/api/orders/{dead}/discard"),
    "note": (OPERATE, "/api/orders/{id}/notes"),
    "cancel many": (OPERATE, "/api/orders/cancel"),
    "requeue many": (OPERATE, "/api/orders/requeue"),
    "discard many": (OPERATE, "/api/orders/discard"),
    "workers": (READ, "/api/workers"),
    "audit": (STREAM, "/api/audit"),
    "pause": (STREAM, "/api/control/pause"),
    "resume": (STREAM, "/api/control/resume"),
    "pause one": (STREAM, "/api/workers/{worker}/pause"),
    "resume one": (STREAM, "/api/workers/{worker}/resume"),
    "drain one": (STREAM, "/api/workers/{worker}/drain"),
    "stop one": (STREAM, "/api/workers/{worker}/stop"),
    "change concurrency": (STREAM, "/api/workers/{worker}/concurrency"),
    "restore concurrency": (STREAM, "/api/workers/{worker}/concurrency"),
    "forget": (STREAM, "/api/workers/{lost}/forget"),
}
METHODS = {"audit": "GET", "change concurrency": "PUT", "restore concurrency": "DELETE"}
# What is sent; the others that change something send nothing.
BODIES: dict[str, Any] = {
    "place": ORDER,
    "batch": {"orders": [ORDER]},
    "note": {"text": "by Friday"},
    "change concurrency": {"concurrency": 7},
    **{key: {"orders": ["5-5"]} for key in ("cancel many", "requeue many", "discard many")},
}
CREATING = {"place", "batch", "note"}
OF_ONE_WORKER = {name for name, (_right, path) in ENDPOINTS.items() if "{worker}" in path}
READING = {name for name, (right, _path) in ENDPOINTS.items() if right == READ} | {"audit"}
CHANGING = [name for name in ENDPOINTS if name not in READING]
KEYS: dict[str, tuple[Callable[[], str], set[str] | int]] = {
    "key orders:read": (lambda: people.key("orders:read"), {READ}),
    "key orders:place": (lambda: people.key("orders:place"), {PLACE}),
    "key of both": (lambda: people.key("orders:read", "orders:place"), {READ, PLACE}),
    "key orders:operate": (lambda: people.key("orders:operate"), {OPERATE}),
    "key stream:operate": (lambda: people.key("stream:operate"), {STREAM}),
    "revoked key": (lambda: people.revoked_key("orders:read", "orders:place"), 401),
    "expired key": (lambda: people.expired_key("orders:read", "orders:place"), 401),
    "unknown key": (lambda: "os_" + "x" * 43, 401),
    "no key at all": (lambda: "", 401),
    "broken key": (lambda: "os_é\x00", 401),
}
PEOPLE: dict[str, tuple[Callable[[], User], set[str] | int]] = {
    "viewer": (lambda: people.person("viewer"), {READ}),
    "operator": (lambda: people.person("operator"), {READ, PLACE, OPERATE}),
    "manager": (lambda: people.person("manager"), {READ, PLACE, OPERATE, STREAM}),
    "superuser": (lambda: people.person(is_superuser=True), {READ, PLACE, OPERATE, STREAM}),
    "person in no group": (lambda: people.person(), set()),
    "inactive manager": (lambda: people.person("manager", is_active=False), 401),
}


def expected(endpoint: str, held: set[str] | int) -> int:
    if isinstance(held, int):
        return held
    if ENDPOINTS[endpoint][0] not in held:
        return 403
    return 201 if endpoint in CREATING else 202 if endpoint in OF_ONE_WORKER else 200


@dataclass
class Answer:
    """`has_changed`: something was placed, done to an order, or done to the installation and recorded."""

    http: Any
    has_changed: bool


async def asked(caller: Caller, endpoint: str, lane: Lane, **headers: str) -> Answer:
    """Of an order, dead letter or worker that nobody was asked of before."""
    right, path = ENDPOINTS[endpoint]
    order_id = await placed_order(lane) if "{id}" in path else ""
    dead = await dead_letter(lane) if "{dead}" in path else ""
    worker, lost = f"w-{uuid4().hex}", f"w-{uuid4().hex}"
    await beat(lane, worker, lease_ms=60_000, sweep_every_ms=0, fields={"mode": "running"})
    await beat(lane, lost, lease_ms=0, sweep_every_ms=0, fields={"mode": "running"})
    method = METHODS.get(endpoint, "GET" if right == READ else "POST")
    at = path.format(id=order_id, dead=dead, worker=worker, lost=lost)
    before = await traces(lane)
    http = await caller.send(method, at, BODIES.get(endpoint), **headers)
    return Answer(http, await traces(lane) != before)


async def traces(lane: Lane) -> tuple[int, int, int]:
    """All that is done to orders leaves an entry or an event, all else an entry in the audit log."""
    lengths = await lane.client.xlen(lane.keys.stream), await lane.client.xlen(lane.keys.events)
    return *lengths, await AuditEntry.objects.acount()


async def statuses(caller: Caller, lane: Lane, **headers: str) -> dict[str, int]:
    return {name: (await asked(caller, name, lane, **headers)).http.status_code for name in ENDPOINTS}


async def dead_letter(lane: Lane) -> str:
    """An entry that is no order, as a dead letter."""
    order_id = await foreign_entry(lane, {"hello": "world"})
    await restore_or_adopt(lane, [order_id], actor="worker:test")
    return order_id


async def signed_in(user: User, *, with_token: bool = True) -> Caller:
    client = AsyncClient(enforce_csrf_checks=True, raise_request_exception=False)
    await client.aforce_login(user)
    client.cookies["csrftoken"] = "a" * 32
    return Caller({"x-csrftoken": "a" * 32} if with_token else {}, client)


async def test_nobody_may_do_anything(lane: Lane) -> None:
    for endpoint in ENDPOINTS:
        answer = await asked(Caller(), endpoint, lane)
        assert (answer.http.status_code, answer.has_changed) == (401, False), endpoint
        assert answer.http["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("kind", KEYS)
async def test_a_key_may_do_what_its_scopes_say(kind: str, lane: Lane) -> None:
    make, held = KEYS[kind]
    found = await statuses(bearer(await sync_to_async(make)()), lane)
    assert found == {endpoint: expected(endpoint, held) for endpoint in ENDPOINTS}


@pytest.mark.parametrize("kind", PEOPLE)
async def test_a_person_may_do_what_the_groups_say(kind: str, lane: Lane) -> None:
    make, held = PEOPLE[kind]
    found = await statuses(await signed_in(await sync_to_async(make)()), lane)
    assert found == {endpoint: expected(endpoint, held) for endpoint in ENDPOINTS}


async def test_what_is_allowed_leaves_a_trace_and_what_is_refused_none(lane: Lane) -> None:
    """Else the tests below would prove nothing."""
    may = await signed_in(await sync_to_async(people.person)("manager"))
    may_not = await signed_in(await sync_to_async(people.person)("viewer", name="bea"))
    nothing_to_do = {"cancel many", "requeue many", "discard many"}  # of an order that there is not
    for endpoint in CHANGING:
        assert (await asked(may, endpoint, lane)).has_changed or endpoint in nothing_to_do, endpoint
        assert not (await asked(may_not, endpoint, lane)).has_changed, endpoint


async def test_a_session_without_a_csrf_token_changes_nothing(lane: Lane) -> None:
    caller = await signed_in(await sync_to_async(people.person)("manager"), with_token=False)
    for endpoint in CHANGING:
        answer = await asked(caller, endpoint, lane)
        assert (answer.http.status_code, answer.has_changed) == (403, False), endpoint
        assert "X-CSRFToken" in answer.http.json()["detail"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver:9", "null"])
async def test_a_page_of_another_origin_changes_nothing(origin: str, lane: Lane) -> None:
    caller = await signed_in(await sync_to_async(people.person)("manager"))
    for endpoint in CHANGING:
        answer = await asked(caller, endpoint, lane, origin=origin)
        assert (answer.http.status_code, answer.has_changed) == (403, False), endpoint


async def test_a_key_needs_no_csrf_token_and_looks_at_no_session(lane: Lane) -> None:
    """A bad key is not mended by a good session: programs that run in a browser's profile must notice."""
    caller = await signed_in(await sync_to_async(people.person)("operator"))
    caller.headers = {"authorization": "Bearer os_" + "x" * 43}
    assert (await asked(caller, "list", lane)).http.status_code == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "os_x", "Bearer  ", "Token os_x"])
async def test_another_way_to_authenticate_is_refused_with_the_right_one(header: str) -> None:
    answer = await Caller({"authorization": header}).get("/api/orders")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


async def test_rights_are_asked_before_the_body_is_read(lane: Lane) -> None:
    answer = await bearer(await sync_to_async(people.key)("orders:read")).post("/api/orders", b"{")
    assert answer.status_code == 403
