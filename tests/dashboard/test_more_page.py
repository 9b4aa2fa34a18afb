"""The page behind a phone's tab More: what the tab bar has no room for, as far as one may use it."""

import re

import pytest
from django.test import AsyncClient

from dashboard.navigation import ENTRIES
from tests.dashboard.pages import html_of, signed_in
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

STREAM, ACTIVITY, SETTINGS, API = "/stream/", "/activity/", "/admin/", "/api/docs"
OF_EVERYBODY = ["/account/"]
MAY = {
    "viewer": [STREAM, API],
    "operator": [STREAM, API],
    "manager": [STREAM, ACTIVITY, SETTINGS, API],
    None: [],
}


async def main_of(client: AsyncClient, path: str = "/more/") -> str:
    return (await html_of(client, path)).partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("who", MAY)
async def test_it_lists_what_one_may_use_each_with_its_icon(who: str | None) -> None:
    client = await signed_in(who)
    links = re.findall(r'(?s)<a class="nav" href="([^"]+)">(.*?)</a>', await main_of(client))
    assert [address for address, _ in links] == [*MAY[who], *OF_EVERYBODY]
    # One's own has the initials, as in the side.
    assert all("<use href=" in inside for _, inside in links[:-1])
    for address, _ in links:
        assert (await client.get(address)).status_code == 200


async def test_every_page_is_a_tab_or_behind_more() -> None:
    client = await signed_in("manager")
    page = await html_of(client, "/more/")
    tabs = re.findall(r'<a href="([^"]+)"', page.partition('class="tabbar"')[2].partition("</nav>")[0])
    assert tabs == ["/", "/orders/", "/failed/", "/workers/", "/more/"]
    listed = re.findall(r'<a class="nav" href="([^"]+)"', await main_of(client))
    assert len(tabs) - 1 + len(listed) - len(OF_EVERYBODY) == len(ENTRIES)


async def test_nobody_is_sent_to_sign_in() -> None:
    answer = await AsyncClient().get("/more/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/more/")


async def test_it_is_only_read() -> None:
    assert (await (await signed_in("viewer")).post("/more/")).status_code == 405


@pytest.mark.parametrize(
    ("path", "said"), [("/more/", "page"), ("/account/", "true"), ("/stream/", "true"), ("/orders/", None)]
)
async def test_the_tab_says_whether_one_is_there(path: str, said: str | None, namespace: str) -> None:
    bar = (await html_of(await signed_in("viewer"), path)).partition('class="tabbar"')[2]
    found = re.search(r'<a href="/more/"(?: aria-current="(\w+)")?>', bar)
    assert found is not None
    assert found[1] == said
