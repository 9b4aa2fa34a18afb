"""The page of one's sign-ins: for whoever is signed in, of nobody else, and each can be ended from it."""

import re

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient
from pytest_django import Settings

from dashboard.agents import described
from orderstream.access import notices
from tests.access import people
from tests.web import Visitor, _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
async def nobody_in_particular() -> User:
    """Signed in, without any right."""
    return await sync_to_async(people.person)()


async def signed_in(user: User, address: str = "203.0.113.1", agent: str = FIREFOX) -> Visitor:
    browser = Visitor(address, headers={"user-agent": agent})
    await browser.aforce_login(user)
    session = await browser.asession()
    await session.aupdate({"address": address, "agent": agent})
    await session.asave()
    return browser


async def text_of(browser: AsyncClient) -> str:
    answer = await browser.get("/account/")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def mark_of(browser: AsyncClient) -> str:
    return notices.session_mark(browser.cookies["sessionid"].value)


async def test_it_says_where_one_is_signed_in(nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular)
    text = await text_of(here)
    assert "You are signed in here and nowhere else." in text
    assert "Firefox 128 on Linux" in text
    assert "203.0.113.1" in text
    assert "Sign out everywhere else" not in text
    await signed_in(nobody_in_particular, "198.51.100.7", IPHONE)
    text = await text_of(here)
    assert "You are signed in here and at one other place." in text
    assert text.count("this one") == 1
    assert "Safari 17 on iOS" in text
    assert here.cookies["sessionid"].value not in text


async def test_what_a_browser_calls_itself_is_no_markup(nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular, agent="<script>alert(1)</script>")
    text = await text_of(here)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


async def test_one_is_ended_from_another(nobody_in_particular: User) -> None:
    here, there = await signed_in(nobody_in_particular), await signed_in(nobody_in_particular)
    answer = await here.post("/account/end/", {"mark": mark_of(there)})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert (await there.get("/account/")).status_code == 302
    assert (await here.get("/account/")).status_code == 200
    assert (await here.post("/account/end/", {"mark": mark_of(there)})).status_code == 302


async def test_all_others_are_ended_at_once(nobody_in_particular: User) -> None:
    here, *others = [await signed_in(nobody_in_particular) for _ in range(3)]
    assert (await here.post("/account/end-others/")).status_code == 302
    assert [(await each.get("/account/")).status_code for each in (here, *others)] == [200, 302, 302]


async def test_nobody_ends_the_session_of_another(nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular)
    theirs = await signed_in(await sync_to_async(people.person)(name="bob"))
    await here.post("/account/end/", {"mark": mark_of(theirs)})
    await here.post("/account/end-others/")
    assert (await theirs.get("/account/")).status_code == 200


@pytest.mark.parametrize("mark", ["", "\x00", "x" * 10_000])
async def test_a_mark_of_nothing_ends_nothing(mark: str, nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular)
    assert (await here.post("/account/end/", {"mark": mark})).status_code == 302
    assert (await here.get("/account/")).status_code == 200


@pytest.mark.parametrize("path", ["/account/end/", "/account/end-others/"])
async def test_ends_take_a_post_from_our_own_page(path: str, nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular)
    assert (await here.get(path)).status_code == 405
    strict = AsyncClient(enforce_csrf_checks=True)
    await strict.aforce_login(nobody_in_particular)
    assert (await strict.post(path)).status_code == 403
    assert (await AsyncClient().post(path))["Location"].startswith("/sign-in/")


async def test_it_comes_and_ends_sign_ins_without_redis(
    nobody_in_particular: User, settings: Settings
) -> None:
    here, there = await signed_in(nobody_in_particular), await signed_in(nobody_in_particular)
    settings.REDIS_URL = "redis://localhost:1/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://localhost:1/0"}}
    host = {"address": "redis://localhost:1/0"}
    settings.CHANNEL_LAYERS = {"default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [host]}}}
    assert (await here.get("/account/")).status_code == 200
    assert (await here.post("/account/end/", {"mark": mark_of(there)})).status_code == 302
    assert (await there.get("/account/")).status_code == 302


async def test_the_name_in_the_side_leads_there(nobody_in_particular: User) -> None:
    here = await signed_in(nobody_in_particular)
    answer = await here.get("/")
    assert answer.status_code == 403
    assert re.search(r'<a class="who" href="/account/"', answer.content.decode())


AGENTS = {
    FIREFOX: "Firefox 128 on Linux",
    IPHONE: "Safari 17 on iOS",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36 Edg/126.0.2592.87": "Edge 126 on Windows",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
    "Safari/537.36": "Chrome 126 on Android",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Safari/605.1.15": "Safari 17 on macOS",
    "curl/8.8.0": "curl/8.8.0",
    "": "unknown",
}


@pytest.mark.parametrize("agent", AGENTS)
def test_browsers_are_called_by_their_names(agent: str) -> None:
    assert described(agent) == AGENTS[agent]
