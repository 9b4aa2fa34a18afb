"""One order's page where what is stored of it is strange, broken or partly gone; and strange addresses."""

import html
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams.lane import Lane
from orderstream.streams.operating import discard, note, requeue
from tests.dashboard.asking import ANY_TEXT, EXAMPLES, NEARLY_IDS, Asker
from tests.dashboard.doing import Worker
from tests.dashboard.pages import PART, deeds_in, html_of, order_url, renewal_in, signed_in, text_of
from tests.orders import foreign_entry, placed_order
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.parametrize(
    "order_id", ["1-1", "0-0", "007-0", "1-01", "x", "1", "%00", "1-1%0A", "9" * 30 + "-0", "٣-٣"]
)
async def test_an_order_that_is_none_is_not_found(lane: Lane, order_id: str) -> None:
    client = await signed_in("operator")
    answer = await client.get(f"/orders/{order_id}/")
    assert answer.status_code == 404
    assert "There is no order with this id" in answer.content.decode()
    for path in ("newer/", "older/"):
        assert (await client.get(f"/orders/{order_id}/{path}")).status_code in {302, 404}


EVIL = {
    "customer_id": "<script>alert(1)</script>",
    "product_id": "顧客" * 32,
    "note": "\u202eright to left\u202c \"'><img src=x onerror=alert(1)>\nsecond line",
    "reference": "{{ 7 * 7 }}{% now %}",
}


async def test_whatever_an_order_says_is_shown_as_text(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane, **EVIL)
    await worker.finish(await worker.take(), Rejected("<b>Error</b>", "<script>alert(2)</script>"))
    await note(lane, order_id, "<script>alert(3)</script> see 1795152326703-0", actor="user:<i>ada</i>")
    await requeue(lane, [order_id], actor="user:ada", reason="<script>alert(4)</script>")
    client = await signed_in("operator")
    for holds in ("status", "entry", "events"):
        page = await html_of(client, order_url(order_id, holds=holds))
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>Error" not in page
        assert "<i>ada" not in page
    assert html.escape(EVIL["customer_id"]) in page
    assert EVIL["product_id"] in page
    assert EVIL["reference"] in html.unescape(page)
    assert '<a href="/orders/1795152326703-0/">1795152326703-0</a>' in page


async def test_an_entry_that_is_no_order_is_told_as_one(lane: Lane, worker: Worker) -> None:
    order_id = await foreign_entry(lane, {"customer": "x", "quantity": "many"})
    client = await signed_in("operator")
    text = await text_of(client, order_url(order_id))
    assert "Waits to be adopted by the next worker." in text
    assert "Customer unknown" in text
    assert "customer x" in text
    await discard(lane, [order_id], actor="user:ada")
    text = await text_of(client, order_url(order_id))
    assert "Found to be no order by ada: somebody had written it straight into the stream" in text


async def test_a_dead_letter_that_is_no_order_cannot_be_retried(lane: Lane) -> None:
    order_id = await foreign_entry(lane, {"customer": "x"})
    await note(lane, order_id, "what is this?", actor="user:ada")
    page = await html_of(await signed_in("operator"), order_url(order_id))
    assert "This is no order." in page
    assert deeds_in(page) == {"discard", "notes"}


async def test_an_adopted_order_says_how_it_came(lane: Lane) -> None:
    entry = {"customer_id": "7", "product_id": "tea", "quantity": "1", "price": "4.15"}
    order_id = await foreign_entry(lane, entry)
    await note(lane, order_id, "hello", actor="user:ada")
    text = await text_of(await signed_in("viewer"), order_url(order_id))
    assert "Adopted by ada, after somebody had written it straight into the stream" in text


async def test_a_lost_status_is_unknown_and_the_next_deed_restores_it(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    await lane.command("DEL", lane.keys.status(order_id))
    client = await signed_in("operator")
    text = await text_of(client, order_url(order_id))
    assert "Unknown: its status is lost." in text
    assert "Completed by attempt 1 on kobe-1" in text
    await note(lane, order_id, "restored", actor="user:ada")
    assert "Completed in" in await text_of(client, order_url(order_id))


@pytest.mark.parametrize("how", ["field", "type"])
async def test_a_broken_status_says_what_to_do(lane: Lane, how: str) -> None:
    order_id = await placed_order(lane)
    key = lane.keys.status(order_id)
    if how == "field":
        await lane.command("HSET", key, "status", "shipped")
    else:
        await lane.command("SET", key, "no hash")
    client = await signed_in("operator")
    text = await text_of(client, order_url(order_id))
    assert "Unreadable: what Redis holds as its status, no step of ours has written." in text
    assert f"TYPE {key} DEL {key}" in text
    assert "Then add a note" in text
    assert "Customer C-1" in text
    assert "Placed by test" in text
    await lane.command("DEL", key)
    await note(lane, order_id, "mended", actor="user:ada")
    assert "Unreadable" not in await text_of(client, order_url(order_id))


async def test_an_entry_that_is_gone_leaves_what_its_events_tell(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    await lane.command("XDEL", lane.keys.stream, order_id)
    text = await text_of(await signed_in("viewer"), order_url(order_id))
    assert "Its entry is gone from the stream" in text
    assert "Customer C-1" in text


async def test_a_broken_status_is_told_each_time(lane: Lane) -> None:
    order_id = await placed_order(lane)
    client = await signed_in("viewer")
    renewal = renewal_in(await html_of(client, order_url(order_id)))
    await lane.command("SET", lane.keys.status(order_id), "x")
    assert "Unreadable" in await html_of(client, renewal, **PART)


NAMES = st.sampled_from(["show", "holds", "newest", "look", "seen", "at", "x"])
PARTS_OF_PAGE = st.sampled_from(["", "customer/", "newer/", "older/"])


@EXAMPLES
@given(
    order_id=ANY_TEXT | NEARLY_IDS,
    path=PARTS_OF_PAGE,
    query=st.dictionaries(NAMES, ANY_TEXT, max_size=4),
    is_part=st.booleans(),
)
def test_garbage_in_the_address_is_no_fault(
    ask: Asker, order_id: str, path: str, query: dict[str, str], is_part: bool
) -> None:
    address = f"/orders/{quote(order_id, safe='')}/{path}?{urlencode(query)}"
    assert ask(address, is_part=is_part) in {200, 204, 301, 302, 404}
