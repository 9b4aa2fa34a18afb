"""I14, I15: each page and each part against every kind of person, garbage, and a Redis that is away."""

import pytest
from django.conf import settings
from django.test import AsyncClient

from dashboard.refusals import refusal
from orderstream.access.callers import Caller
from orderstream.access.rights import Right
from orderstream.streams.lane import Lane
from tests.dashboard.pages import PART, signed_in
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

# Of each page with its parts: who may open it.
PAGES = {
    "/orders/": {"viewer", "operator", "manager"},
    "/failed/": {"viewer", "operator", "manager"},
    "/stream/": {"viewer", "operator", "manager"},
    "/workers/": {"viewer", "operator", "manager"},
    "/activity/": {"manager"},
}
PARTS = {
    "/orders/rows/": "/orders/",
    "/failed/preflight/": "/failed/",
    "/failed/chosen/": "/failed/",
    "/stream/now/": "/stream/",
    "/stream/pending/": "/stream/",
    "/stream/entries/": "/stream/",
    "/workers/now/": "/workers/",
    "/workers/kobe-1/hand/": "/workers/",
    "/activity/now/": "/activity/",
}
TITLES = {
    "/": "Board",
    "/orders/": "Orders",
    "/orders/1-1/": "Order",
    "/failed/": "Dead letters",
    "/stream/": "Stream",
    "/workers/": "Workers",
    "/activity/": "Activity",
}
WHO = ("viewer", "operator", "manager", None)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_opens_for_those_who_may(path: str, who: str | None, lane: Lane) -> None:
    answer = await (await signed_in(who)).get(path)
    assert answer.status_code == (200 if who in PAGES[path] else 403)
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")


# What is said to whom, and where the button leads.
REFUSALS = {
    ("/activity/", "operator"): (
        "You may look at the orders, but not operate the stream",
        "/",
        "Back to the board",
    ),
    ("/place/", "viewer"): ("You may look, but not place orders", "/", "Back to the board"),
    ("/place/", None): ("You may not place orders", "/place/", "Try again"),
    ("/activity/", None): ("You may not operate the stream", "/activity/", "Try again"),
    ("/orders/?status=failed", None): (
        "You may not look at the orders",
        "/orders/?status=failed",
        "Try again",
    ),
}


@pytest.mark.parametrize(("path", "who"), REFUSALS)
async def test_a_refusal_names_what_is_missing_and_a_way_on(path: str, who: str | None, lane: Lane) -> None:
    words, address, button = REFUSALS[path, who]
    page = (await (await signed_in(who)).get(path)).content.decode()
    assert f"<h2>{words}</h2>" in page
    assert f'<a class="btn primary" href="{address}">{button}</a>' in page


@pytest.mark.parametrize("may_read", [True, False])
def test_each_right_that_can_be_missing_has_words_of_its_own(may_read: bool) -> None:
    held = frozenset({Right.READ_ORDERS} if may_read else set())
    caller = Caller("user:ada", "user:1", held)
    said = {str(refusal(caller, right)) for right in set(Right) - held}
    assert len(said) == len(set(Right) - held)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", PARTS)
async def test_a_part_is_asked_for_its_own_right(path: str, who: str | None, lane: Lane) -> None:
    answer = await (await signed_in(who)).get(path, headers=PART)
    assert answer.status_code == (200 if who in PAGES[PARTS[path]] else 403)
    if answer.status_code == 403:
        assert answer.content == b""


@pytest.mark.parametrize("path", [*PAGES, *PARTS])
async def test_nobody_is_sent_to_sign_in(path: str, lane: Lane) -> None:
    answer = await AsyncClient().get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
    assert (await AsyncClient().get(path, headers=PART)).status_code == 401


@pytest.mark.parametrize("path", [*PAGES, *PARTS])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
async def test_pages_are_only_read(path: str, method: str, lane: Lane) -> None:
    client = await signed_in("manager")
    assert (await getattr(client, method)(path)).status_code == 405


@pytest.mark.parametrize("path", PAGES)
async def test_head_asks_only_whether_one_may(path: str, lane: Lane) -> None:
    answer = await (await signed_in("manager")).head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", [*PAGES, *PARTS, "/", "/orders/1-1/"])
async def test_while_redis_is_away_a_page_says_so_and_a_part_nothing(
    path: str, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nowhere/redis.sock")
    client = await signed_in("manager")
    page = await client.get(path)
    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    assert "Redis cannot be reached" in page.content.decode()
    assert f"<h1>{TITLES[PARTS.get(path, path)]}</h1>" in page.content.decode()
    part = await client.get(path, headers=PART)
    assert (part.status_code, part.content) == (503, b"")


GARBAGE = (
    "name=order",
    "name=orders%00",
    "cursor=x",
    "cursor=18446744073709551616-0",
    "before=(1-1",
    "after=+",
    f"group={'g' * 300}",
    f"consumer={'c' * 300}",
    f"zone={'z' * 300}",
)


@pytest.mark.parametrize("query", GARBAGE)
@pytest.mark.parametrize("path", ["/stream/", "/stream/now/", "/stream/pending/", "/stream/entries/"])
async def test_what_no_link_says_is_not_there(path: str, query: str, lane: Lane) -> None:
    assert (await (await signed_in("viewer")).get(f"{path}?{query}")).status_code == 404


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "9" * 19, "%D9%A1"])
async def test_a_page_of_the_activity_that_is_none(before: str, lane: Lane) -> None:
    client = await signed_in("manager")
    assert (await client.get(f"/activity/?before={before}")).status_code == 404
    assert (await client.get(f"/activity/?before={'9' * 18}")).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["find=%00", "find=%FF", "find=<script>", "zone=../../etc/passwd", "group=%FF%FE", "consumer=%00", "x=1"],
)
async def test_whatever_a_person_types_is_answered(query: str, lane: Lane) -> None:
    assert (await (await signed_in("viewer")).get(f"/stream/?{query}")).status_code == 200


@pytest.mark.parametrize("name", ["a/b", "..", "%00", "%FF", "x" * 5_000, "%3Cscript%3E"])
async def test_a_worker_that_is_none_holds_nothing(name: str, lane: Lane) -> None:
    answer = await (await signed_in("viewer")).get(f"/workers/{name}/hand/")
    assert answer.status_code in {200, 404}
    assert b"<script" not in answer.content
