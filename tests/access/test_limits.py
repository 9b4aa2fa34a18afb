"""Signing in, links and sockets only so often: by name, by session, by address, by no header."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.http import HttpResponse
from pytest_django import Settings

from orderstream import conf
from orderstream.access import limits, links
from orderstream.access.handshakes import LimitedHandshakes
from orderstream.configuration.bounds import RatesConf
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.limits import Rate
from tests.access import people
from tests.web import Visitor

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PASSWORD = "correct horse"
Hourly = Callable[..., None]


@pytest.fixture(autouse=True)
def _reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the limits had been asked before, with success."""
    monkeypatch.setattr(limits, "_is_away", False)
    monkeypatch.setattr(limits, "_away_until", float("-inf"))


@pytest.fixture(autouse=True)
def three_an_hour(monkeypatch: pytest.MonkeyPatch) -> Rate:
    """However slow the machine is, nothing comes back during the test."""
    rate = Rate(3, timedelta(hours=1))
    monkeypatch.setattr(conf, "rates", lambda: RatesConf(rate, rate, None, None, None))
    return rate


@pytest.fixture
async def ada() -> User:
    return await sync_to_async(people.person)("viewer", password=PASSWORD)


def browser(address: str = "203.0.113.1") -> Visitor:
    return Visitor(address)


async def tried(
    name: str = "ada", *, guess: str = "x", address: str = "203.0.113.1", forwarded: str = ""
) -> HttpResponse:
    header = {"x-forwarded-for": forwarded} if forwarded else {}
    return await browser(address).post("/sign-in/", {"username": name, "password": guess}, headers=header)


async def statuses(times: int, **given: Any) -> list[int]:
    return [(await tried(**given)).status_code for _ in range(times)]


async def test_beyond_the_limit_not_even_the_right_password_signs_in(ada: User) -> None:
    assert await statuses(3) == [200] * 3
    answer = await tried(guess=PASSWORD)
    assert answer.status_code == 429
    assert 1_190 <= int(answer["Retry-After"]) <= 1_200
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert f"Too many attempts to sign in. Try again in {answer['Retry-After']} seconds." in text
    assert 'value="ada"' in text
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize(("target", "shown"), [("/place/", True), ("https://evil.example/", False)])
async def test_the_refusal_keeps_where_one_wanted_to_and_leads_to_no_other_site(
    target: str, shown: bool
) -> None:
    await statuses(3)
    answer = await browser().post("/sign-in/", {"username": "ada", "password": "x", "next": target})
    assert answer.status_code == 429
    assert (target in answer.content.decode()) is shown


async def test_a_name_is_counted_over_all_addresses(ada: User) -> None:
    seen = [(await tried(address=f"203.0.113.{number}")).status_code for number in range(4)]
    assert seen == [200, 200, 200, 429]
    assert (await tried("bob", address="203.0.113.1")).status_code == 200


async def test_an_address_is_counted_over_all_names(ada: User) -> None:
    seen = [(await tried(f"guess-{number}")).status_code for number in range(4)]
    assert seen == [200, 200, 200, 429]
    assert (await tried("guess-9", address="203.0.113.2")).status_code == 200


@pytest.mark.parametrize("spelling", [" ada", "ada\u3000", "ＡＤＡ", "Ada"])
async def test_no_spelling_of_a_name_is_counted_apart(ada: User, spelling: str) -> None:
    await statuses(3)
    assert (await tried(spelling, address="203.0.113.2")).status_code == 429


@pytest.mark.parametrize("name", ["", "x" * 100_000, "\x00", "\N{GRINNING FACE}"])
async def test_any_name_can_be_counted(name: str, lane: Lane) -> None:
    answers = [(await tried(name, address=f"203.0.113.{number}")).status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]
    [key] = [key async for key in lane.client.scan_iter(lane.keys.limit("sign-in-name", "*"))]
    assert len(key) < 100


async def test_a_header_that_nobody_trusts_makes_no_new_address(ada: User) -> None:
    seen = [
        (await tried(f"guess-{number}", forwarded=f"198.51.100.{number}")).status_code for number in range(4)
    ]
    assert seen == [200, 200, 200, 429]


async def test_behind_a_trusted_proxy_each_counts_alone_and_makes_nothing_up(
    ada: User, settings: Settings
) -> None:
    settings.ORDERSTREAM_TRUSTED_PROXIES = (ip_network("203.0.113.1"),)
    seen = [
        (await tried(f"guess-{number}", forwarded=f"10.0.0.{number}, 198.51.100.1")).status_code
        for number in range(4)
    ]
    assert seen == [200, 200, 200, 429]
    assert (await tried("guess-9", forwarded="198.51.100.2")).status_code == 200


async def test_looking_at_the_form_is_not_counted() -> None:
    for _ in range(5):
        assert (await browser().get("/sign-in/")).status_code == 200
    assert (await tried()).status_code == 200


async def test_links_are_counted_by_address_and_not_used_up_by_a_refusal(ada: User) -> None:
    token = await sync_to_async(links.issue)("ada")
    guesses = [(await browser().get(f"/sign-in/{number}/")).status_code for number in range(4)]
    assert guesses == [410, 410, 410, 429]
    answer = await browser().post(f"/sign-in/{token}/")
    assert answer.status_code == 429
    assert "The link was not used." in answer.content.decode()
    assert (await browser("203.0.113.9").post(f"/sign-in/{token}/")).status_code == 302


async def test_a_name_that_somebody_floods_can_still_come_by_link(ada: User) -> None:
    await statuses(3)
    token = await sync_to_async(links.issue)("ada")
    assert (await browser().post(f"/sign-in/{token}/")).status_code == 302


async def test_neither_name_nor_session_stands_in_redis(ada: User, lane: Lane) -> None:
    await tried("my-password-by-mistake")
    await opens("a-session-key")
    text = " ".join([key async for key in lane.client.scan_iter(lane.keys.limit("*", "*"))])
    assert "sign-in-name" in text
    assert "handshake-session" in text
    assert "mistake" not in text
    assert "a-session-key" not in text


async def accepting(scope: object, receive: object, send: Any) -> None:
    await send({"type": "websocket.accept"})


async def opens(session_key: str | None, address: str = "203.0.113.1") -> bool:
    socket = WebsocketCommunicator(LimitedHandshakes(accepting), "/ws/board/")
    socket.scope |= {"client": [address, 4711], "session": SimpleNamespace(session_key=session_key)}
    is_open, _ = await socket.connect()
    await socket.wait()
    return is_open


async def test_a_session_opens_so_many_sockets_a_minute(lane: Lane) -> None:
    assert [await opens("one", f"203.0.113.{number}") for number in range(4)] == [True, True, True, False]
    assert await opens("two")


async def test_an_address_opens_as_many_as_people_sit_behind_it(lane: Lane) -> None:
    many = 3 * limits.PEOPLE_AT_AN_ADDRESS
    assert [await opens(f"session-{number}") for number in range(many + 1)] == [True] * many + [False]
    assert not await opens(None)
    assert await opens(None, "203.0.113.2")


async def test_without_redis_people_sign_in_and_sockets_open(ada: User, settings: Settings) -> None:
    settings.REDIS_URL = "redis://localhost:1/0"
    assert await statuses(4) == [200] * 4
    assert [await opens("one") for _ in range(4)] == [True] * 4
    assert (await tried(guess=PASSWORD)).status_code == 302


def test_the_defaults_and_how_each_is_switched_off(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.undo()
    rates = conf.rates()
    assert rates.sign_ins == Rate(10, timedelta(minutes=1))
    assert rates.handshakes == Rate(600, timedelta(minutes=1))
    assert rates.placing == Rate(10_000, timedelta(seconds=1))
    for name in ("SIGN_INS_PER_MINUTE", "HANDSHAKES_PER_MINUTE", "READING_PER_SECOND", "PLACING_PER_SECOND"):
        setattr(settings, f"ORDERSTREAM_{name}", 0)
    settings.ORDERSTREAM_OPERATING_PER_SECOND = 0
    assert conf.rates() == RatesConf(None, None, None, None, None)
    assert limits.for_sign_in("ada", "x") == limits.for_handshake("s", "x") == []


def test_every_kind_has_a_key_of_its_own(keys: Keys) -> None:
    names = {keys.limit(kind, "x") for kind in limits.Kind}
    assert len(names) == len(limits.Kind)
