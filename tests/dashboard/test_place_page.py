"""The order form without scripts: what was typed stays whatever happens; sent again, it places one order."""

import asyncio
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from redis.exceptions import ConnectionError as RedisConnectionError

from dashboard import lobby as lobbies
from dashboard import tailer
from orderstream.streams import events_log, operating, placing
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import ORDER
from tests.dashboard.conftest import Watch
from tests.orders import placed_order
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


@pytest.fixture
async def browser() -> AsyncClient:
    """Of an operator."""
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(people.person)("operator"))
    return client


async def key_of(browser: AsyncClient) -> str:
    found = KEY.search((await browser.get("/place/")).content.decode())
    assert found
    return found[1]


async def away(*_given: Any, **_more: Any) -> Any:
    raise RedisConnectionError("Connection refused")


async def test_a_filling_whose_answer_was_lost_is_sent_again_and_places_one_order(
    browser: AsyncClient, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reply_lost(*given: Any, **more: Any) -> Any:
        await real(*given, **more)
        return await away()

    real = placing.place
    filling = ORDER | {"note": "<mind the dog>", "key": await key_of(browser)}
    with monkeypatch.context() as broken:
        broken.setattr(placing, "place", reply_lost)
        answer = await browser.post("/place/", filling)
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "it is not known whether the order was placed" in page
    assert 'http-equiv="refresh"' not in page, "it would take away what was typed"
    assert filling["key"] in page
    assert "&lt;mind the dog&gt;" in page
    assert (await browser.post("/place/", filling)).status_code == 302
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_the_board_shows_what_was_placed_also_while_its_feed_stands_still(
    browser: AsyncClient,
    lane: Lane,
    lobby: lobbies.Lobby,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_answer(*_given: Any, **_more: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(tailer, "read_events", no_answer)
    monkeypatch.setattr(lobbies, "here", lambda: lobby)
    known = await placed_order(lane)
    await watch()
    answer = await browser.post("/place/", ORDER | {"key": await key_of(browser)})
    [(order_id, _fields)] = await lane.client.xrevrange(lane.keys.stream, count=1)
    assert answer["Location"] == f"/?placed={order_id}"
    assert order_id in (await browser.get(answer["Location"])).content.decode()
    for address in ("/", "/?placed=", "/?placed=rubbish", f"/?placed={known}"):
        page = await browser.get(address)
        assert (page.status_code, order_id in page.content.decode()) == (200, False), address


async def test_other_content_under_the_key_of_a_filling_is_refused(browser: AsyncClient, lane: Lane) -> None:
    filling = ORDER | {"key": await key_of(browser)}
    assert (await browser.post("/place/", filling)).status_code == 302
    answer = await browser.post("/place/", filling | {"quantity": "7"})
    assert answer.status_code == 409
    assert "with other content" in answer.content.decode()
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_an_order_that_is_placed_again_is_linked_to_the_first(browser: AsyncClient, lane: Lane) -> None:
    old = await placed_order(lane, customer_id="Mori & Sons")
    assert "Mori &amp; Sons" in (await browser.get("/place/", {"again": old})).content.decode()
    answer = await browser.post("/place/", ORDER | {"key": await key_of(browser), "again": old})
    new = answer["Location"].split("/")[-2]
    noted = [event.fields.get("text") for event in await events_log.events_of(lane, old)]
    assert f"Placed again as {new}" in noted


async def test_an_order_is_placed_also_when_nobody_can_link_it(
    browser: AsyncClient, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await placed_order(lane)
    filling = ORDER | {"key": await key_of(browser), "again": old}
    monkeypatch.setattr(operating, "note", away)
    answer = await browser.post("/place/", filling)
    assert answer.status_code == 302
    assert await lane.client.xlen(lane.keys.stream) == 2


@pytest.mark.parametrize("of", ["1-1", "rubbish", "", "'\"<"])
async def test_an_order_that_never_was_is_linked_to_nothing(
    browser: AsyncClient, lane: Lane, of: str
) -> None:
    filling = ORDER | {"key": await key_of(browser), "again": of}
    assert (await browser.post("/place/", filling)).status_code == 302
    assert await lane.client.xlen(lane.keys.stream) == 1


async def test_a_wrong_field_is_told_at_its_field(browser: AsyncClient, lane: Lane) -> None:
    answer = await browser.post("/place/", ORDER | {"quantity": "0", "key": await key_of(browser)})
    assert answer.status_code == 422
    assert 'id="quantity-wrong"' in answer.content.decode()
    assert await lane.client.xlen(lane.keys.stream) == 0
