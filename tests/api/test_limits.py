"""What one caller asks for in a short time: counted by what it does, each key and person apart."""

import asyncio
import json
import socket
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from pytest_django import Settings
from structlog.testing import capture_logs

from orderstream import conf
from orderstream.access import limits
from orderstream.configuration.bounds import RatesConf
from orderstream.streams.lane import Lane
from orderstream.streams.limits import Rate
from orderstream.streams.orders_read import by_ids
from tests.access import people
from tests.api.conftest import ORDER, Caller, bearer
from tests.orders import placed_orders

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the limits had been asked before, with success."""
    monkeypatch.setattr(limits, "_is_away", False)
    monkeypatch.setattr(limits, "_away_until", float("-inf"))


Hourly = Callable[..., None]


@pytest.fixture
def hourly(monkeypatch: pytest.MonkeyPatch) -> Hourly:
    """So many an hour: however slow the machine is, nothing comes back during the test."""

    def set_to(**units: int) -> None:
        given = {name: Rate(count, timedelta(hours=1)) for name, count in units.items()}
        off: dict[str, Any] = dict.fromkeys(
            ("sign_ins", "handshakes", "reading", "placing", "operating"), None
        )
        monkeypatch.setattr(conf, "rates", lambda: RatesConf(**off | given))

    return set_to


async def statuses(caller: Caller, times: int) -> list[int]:
    return [(await caller.post("/api/orders")).status_code for _ in range(times)]


async def test_a_batch_that_is_refused_for_its_content_counts_as_one(
    program: Caller, hourly: Hourly, lane: Lane
) -> None:
    hourly(placing=2)
    wrong = {"orders": [{}] * 500}
    answers = [(await program.post("/api/orders/batch", wrong)).status_code for _ in range(3)]
    assert answers == [422, 422, 429]


async def test_beyond_the_limit_a_problem_says_how_long_to_wait(
    program: Caller, hourly: Hourly, lane: Lane
) -> None:
    hourly(placing=1)
    assert (await program.post("/api/orders/batch", {"orders": [ORDER] * 30})).status_code == 201
    answer = await program.post("/api/orders")
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    wait = int(answer["Retry-After"])
    assert wait > 3_500 * 30
    assert f"Try again in {wait} seconds." in json.loads(answer.content)["detail"]


async def test_a_batch_counts_for_all_its_orders(program: Caller, hourly: Hourly, lane: Lane) -> None:
    hourly(placing=100)
    assert (await program.post("/api/orders/batch", {"orders": [ORDER] * 100})).status_code == 201
    before = await lane.client.xlen(lane.keys.stream)
    answer = await program.post("/api/orders/batch", {"orders": [ORDER] * 100})
    assert answer.status_code == 429
    assert await lane.client.xlen(lane.keys.stream) == before == 100


async def test_a_batch_beyond_what_comes_at_once_is_placed_and_paid_back(
    program: Caller, hourly: Hourly, lane: Lane
) -> None:
    hourly(placing=10)
    assert (await program.post("/api/orders/batch", {"orders": [ORDER] * 101})).status_code == 201
    answer = await program.post("/api/orders")
    assert answer.status_code == 429
    assert round(int(answer["Retry-After"]) / 3_600, 1) == 9.2  # 92 units, at ten an hour


async def test_what_operators_do_to_many_orders_counts_for_each(hourly: Hourly, lane: Lane) -> None:
    hourly(operating=3)
    operator = bearer(await sync_to_async(people.key)("orders:operate"))
    ids = await placed_orders(lane, 4)
    answer = await operator.post("/api/orders/cancel", {"orders": ids[:3]})
    assert answer.status_code == 200
    assert (await operator.post(f"/api/orders/{ids[3]}/cancel", {})).status_code == 429
    assert [stored.status for stored in (await by_ids(lane, ids[3:])).values()] == ["pending"]


async def test_the_form_without_scripts_counts_as_the_api_does(hourly: Hourly, lane: Lane) -> None:
    hourly(placing=1)
    person = AsyncClient()
    await person.aforce_login(await sync_to_async(people.person)("operator"))
    answers = [await person.post("/place/", ORDER | {"key": f"k{n}"}) for n in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
    wait = int(answers[1]["Retry-After"])
    page = answers[1].content.decode()
    assert f"Try again in {wait} seconds." in page
    assert ORDER["customer_id"] in page, "what was typed stays"
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_reading_and_placing_are_counted_apart(program: Caller, hourly: Hourly, lane: Lane) -> None:
    hourly(reading=1)
    assert (await program.get("/api/orders")).status_code == 200
    assert (await program.get("/api/orders")).status_code == 429
    assert await statuses(program, 3) == [201] * 3


async def test_each_key_and_each_person_has_a_count_of_its_own(hourly: Hourly, lane: Lane) -> None:
    hourly(reading=1)
    one, two = [bearer(await sync_to_async(people.key)("orders:read", name=name)) for name in ("one", "two")]
    person = AsyncClient()
    await person.aforce_login(await sync_to_async(people.person)("viewer"))
    for caller in (one, two, Caller(client=person)):
        assert (await caller.get("/api/orders")).status_code == 200
        assert (await caller.get("/api/orders")).status_code == 429


async def test_who_has_no_right_is_told_so_and_counts_for_nobody(hourly: Hourly, lane: Lane) -> None:
    hourly(placing=1)
    reader = bearer(await sync_to_async(people.key)("orders:read"))
    assert await statuses(reader, 3) == [403] * 3
    assert [(await Caller().post("/api/orders")).status_code for _ in range(3)] == [401] * 3
    assert not [key async for key in lane.client.scan_iter(lane.keys.limit("placing", "*"))]


@pytest.fixture
def one_person_at_an_address(monkeypatch: pytest.MonkeyPatch, hourly: Hourly) -> None:
    monkeypatch.setattr(limits, "PEOPLE_AT_AN_ADDRESS", 1)
    hourly(sign_ins=2)


@pytest.mark.usefixtures("one_person_at_an_address")
@pytest.mark.parametrize(
    ("token", "refused"), [("os_" + "x" * 43, 401), ("guess", 401), (None, 403)], ids=["no", "none", "other"]
)
async def test_an_address_is_refused_so_often_and_then_told_to_wait(
    token: str | None, refused: int, program: Caller, lane: Lane
) -> None:
    stranger = bearer(token or await sync_to_async(people.key)("orders:read", name="reader"))
    answers = [await stranger.post("/api/orders") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [refused, refused, 429]
    assert int(answers[2]["Retry-After"]) > 1_500
    assert await statuses(program, 1) == [201], "who has a right is not kept out by neighbours"
    assert await lane.client.exists(lane.keys.limit("refused", "127.0.0.1"))


@pytest.mark.usefixtures("one_person_at_an_address")
async def test_who_sends_no_key_at_all_is_asked_for_one_each_time(lane: Lane) -> None:
    assert await statuses(Caller(), 4) == [401] * 4
    assert not [key async for key in lane.client.scan_iter(lane.keys.limit("*", "*"))]


@pytest.mark.usefixtures("one_person_at_an_address")
@pytest.mark.parametrize("is_trusted", [True, False])
async def test_only_a_proxy_of_ours_says_whose_refusals_these_are(
    is_trusted: bool, settings: Settings, lane: Lane
) -> None:
    settings.ORDERSTREAM_TRUSTED_PROXIES = (ip_network("127.0.0.0/8"),) if is_trusted else ()
    stranger = bearer("os_" + "x" * 43)
    answers = [
        await stranger.post("/api/orders", x_forwarded_for=f"203.0.113.{number}") for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401 if is_trusted else 429]


async def test_every_operation_tells_that_it_is_limited() -> None:
    schema = (await AsyncClient().get("/api/openapi.json")).json()
    operations = {
        f"{method} {path}": set(operation["responses"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) > 10
    assert [name for name, answers in operations.items() if "429" not in answers] == []


async def test_zero_is_no_limit(program: Caller, settings: Settings, lane: Lane) -> None:
    settings.ORDERSTREAM_PLACING_PER_SECOND = 0
    assert await statuses(program, 5) == [201] * 5
    assert not [key async for key in lane.client.scan_iter(lane.keys.limit("*", "*"))]


async def test_the_defaults_hinder_nobody(program: Caller, lane: Lane) -> None:
    answers = await asyncio.gather(
        *[program.post("/api/orders/batch", {"orders": [ORDER] * 1_000}) for _ in range(5)]
    )
    assert {answer.status_code for answer in answers} == {201}


async def test_without_redis_everybody_is_let_through_and_that_is_said_once(
    program: Caller, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    with capture_logs() as logs:
        for _ in range(3):
            assert (await program.get("/api/orders")).status_code == 503  # the reading itself, not the limit
            limits._away_until = float("-inf")
    said = [line["event"] for line in logs if "limits" in line["event"]]
    assert said == ["limits not asked; everybody is let through"]


async def test_redis_is_not_asked_again_by_each_request_while_it_is_away(hourly: Hourly, lane: Lane) -> None:
    hourly(reading=10)  # at the default what was counted is forgotten a millisecond later
    wants = limits.for_call(limits.Right.READ_ORDERS, "key:till")
    limits._note_absence(ConnectionError())
    assert await limits.seconds_to_wait(wants) == 0
    assert not [key async for key in lane.client.scan_iter(lane.keys.limit("*", "*"))]
    limits._away_until = float("-inf")
    with capture_logs() as logs:
        assert await limits.seconds_to_wait(wants) == 0
    assert [line["event"] for line in logs] == ["limits asked again"]
    assert [key async for key in lane.client.scan_iter(lane.keys.limit("*", "*"))]


async def test_a_redis_that_hangs_holds_an_order_up_for_half_a_second_at_most(settings: Settings) -> None:
    with socket.create_server(("localhost", 0)) as silent:  # takes connections and says nothing
        settings.REDIS_URL = f"redis://localhost:{silent.getsockname()[1]}/0"
        wants = limits.for_call(limits.Right.READ_ORDERS, "key:till")
        async with asyncio.timeout(limits.PATIENCE_SECONDS + 1):
            assert await limits.seconds_to_wait(wants) == 0
