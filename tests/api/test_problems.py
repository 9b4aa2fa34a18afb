"""Refusals that no handler of ours makes, and servers that are away."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import AsyncClient
from pytest_django import Settings

from orderstream.access import keys
from orderstream.access.listener import ensure_listening, is_listening
from orderstream.api import root, schemas
from orderstream.streams.lane import Lane
from tests.api.conftest import ORDER, Caller, bearer
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def assert_problem(answer: object, status: int) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    schemas.ProblemOut.model_validate(problem)


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/orders/1-1/nothing", "/api/orders/", "/api/%ff"]
)
async def test_an_unknown_path_is_a_problem(path: str, program: Caller) -> None:
    assert_problem(await program.get(path), 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
async def test_another_method_is_a_problem_that_names_those_allowed(method: str, program: Caller) -> None:
    answer = await getattr(program.client, method)("/api/orders", headers=program.headers)
    assert_problem(answer, 405)
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/api/nothing", "/api/orders/", "/api/orders", "/api/workers/x/pause"])
async def test_a_problem_is_as_well_protected_as_any_answer(
    path: str, program: Caller, settings: Settings
) -> None:
    settings.SECURE_HSTS_SECONDS = 3600
    client = AsyncClient(raise_request_exception=False)
    answer = await client.put(path, headers=program.headers, secure=True)
    assert_problem(answer, answer.status_code)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Strict-Transport-Security"].startswith("max-age=3600")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert int(answer["Content-Length"]) == len(answer.content)


async def test_another_host_is_a_problem(program: Caller) -> None:
    assert_problem(await program.get("/api/orders", host="evil.example"), 400)


async def test_too_many_parameters_are_a_problem(program: Caller) -> None:
    assert_problem(await program.get("/api/orders?" + "&".join(f"a{n}=1" for n in range(1001))), 400)


@pytest.mark.parametrize("debug", [True, False])
async def test_without_redis_an_order_is_neither_taken_nor_forgotten(
    debug: bool, program: Caller, settings: Settings
) -> None:
    settings.DEBUG = debug
    settings.REDIS_URL = "redis://localhost:1/0"
    answer = await program.post("/api/orders", ORDER)
    assert_problem(answer, 503)
    assert "Idempotency-Key" in answer.json()["detail"]
    assert answer["Retry-After"]
    assert_problem(await program.get("/api/orders"), 503)
    assert_problem(await program.get("/api/orders/1-1"), 503)
    assert_problem(await program.get("/api/orders/1-1/events"), 503)


async def test_what_redis_refuses_is_told_with_its_reason_and_not_to_be_tried_again(
    program: Caller, lane: Lane
) -> None:
    await lane.client.set(lane.keys.stream, "a text")
    for answer in (await program.get("/api/orders"), await program.post("/api/orders", ORDER)):
        assert_problem(answer, 503)
        assert answer.json()["detail"].startswith("Redis refuses the command: ")
        assert "Retry-After" not in answer


async def test_why_redis_refuses_is_told_in_the_language_of_the_answer(
    program: Caller, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root, "_", lambda text: f"~{text}")
    await lane.client.set(lane.keys.stream, "a text")
    assert (await program.get("/api/orders")).json()["detail"].startswith("~Redis refuses the command: ")


@asynccontextmanager
async def without_table(table: str) -> AsyncIterator[None]:
    @sync_to_async
    def rename(name: str, other: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {name} RENAME TO {other}")

    await rename(table, "away")
    try:
        yield
    finally:
        await rename("away", table)


async def test_without_sql_a_known_key_goes_on_and_an_unknown_one_is_told_why(
    program: Caller, lane: Lane
) -> None:
    """Nothing on the way of an order waits for SQL, and nobody is called a stranger because of it."""
    ensure_listening()
    await wait_until(is_listening)
    assert (await program.post("/api/orders", ORDER)).status_code == 201
    for known in keys._known.values():
        known.looked_up -= keys.REMEMBERED_SECONDS + 1
    async with without_table("orderstream_apikey"):
        assert (await program.post("/api/orders", ORDER)).status_code == 201
        assert_problem(await bearer("os_" + "x" * 43).post("/api/orders", ORDER), 503)


async def test_the_documentation_loads_nothing_from_another_host() -> None:
    answer = await AsyncClient().get("/api/docs")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "http://" not in page
    assert "https://" not in page
    assert 'src="/static/ninja/swagger-ui-bundle.js"' in page
    named = re.findall(r'"/static/([^"]+)"', page)
    assert [name for name in named if finders.find(name) is None] == []
    # Swagger sends it, so that somebody signed in can try what changes something.
    assert re.search(r'data-csrf-token="\w{64}"\s+data-api-csrf="true"', page)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "img-src 'self' data:" in policy


async def test_the_api_documents_bodies_answers_and_refusals() -> None:
    schema = (await AsyncClient().get("/api/openapi.json")).json()
    place = schema["paths"]["/api/orders"]["post"]
    body = place["requestBody"]["content"]["application/json"]
    assert body["schema"]["required"] == ["customer_id", "product_id", "quantity", "price"]
    assert body["example"]["price"] == "4.15"
    assert set(place["responses"]) == {
        "201",
        "400",
        "401",
        "403",
        "409",
        "410",
        "413",
        "415",
        "422",
        "429",
        "503",
    }
    assert "application/problem+json" in place["responses"]["422"]["content"]
    assert place["responses"]["422"]["content"]["application/problem+json"]["example"]["errors"]
    assert set(place["responses"]["201"]["headers"]) == {"Location", "Idempotent-Replayed"}
    assert {p["name"] for p in place["parameters"]} == {"Idempotency-Key"}
    listing = schema["paths"]["/api/orders"]["get"]
    assert {p["name"] for p in listing["parameters"]} == {"since", "until", "limit", "cursor"}
    for path in schema["paths"].values():
        for operation in path.values():
            assert operation["security"], operation["summary"]


async def test_every_answer_outside_of_the_documentation_has_the_strict_policy() -> None:
    for path in ("/sign-in/", "/healthz", "/api/orders"):
        policy = (await AsyncClient().get(path))["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert "default-src 'self'" in policy


def test_middleware_never_hops_to_a_thread_for_being_synchronous() -> None:
    from django.utils.module_loading import import_string

    for name in django_settings.MIDDLEWARE:
        assert import_string(name).async_capable, name


async def test_answers_are_utf_8_without_escapes(program: Caller) -> None:
    answer = await program.post("/api/orders", ORDER | {"customer_id": "山田"})
    assert "山田" in answer.content.decode()
    assert json.loads(answer.content)["customer_id"] == "山田"
