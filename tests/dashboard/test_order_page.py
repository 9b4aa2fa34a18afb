"""One order's page: what it says of every kind of order, to whom, and when it says nothing new."""

import html
import re
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as django_settings
from django.test import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, discard, note, requeue
from tests.dashboard.asking import ANY_TEXT, EXAMPLES, NEARLY_IDS, Asker
from tests.dashboard.doing import LATER, REJECTED, Worker
from tests.dashboard.pages import PART, html_of, signed_in, text_of, words
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
async def worker(lane: Lane) -> Worker:
    return await Worker(lane, "kobe-1").beat()


def url(order_id: str, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/orders/{order_id}/" + (f"?{asked}" if asked else "")


async def test_an_order_that_waits_says_why_and_what_it_is(lane: Lane, worker: Worker) -> None:
    _, order_id = await placed_orders(lane, 2, reference="W-7", note="Leave at the door")
    text = await text_of(await signed_in("viewer"), url(order_id))
    assert "pending no attempt yet" in text
    assert "Waits behind 1 other while 1 worker is at work." in text
    for fact in ("Customer C-1", "Product P-1", "Quantity 2 × 4.15", "Amount 8.30", "Reference W-7"):
        assert fact in text
    assert "Note Leave at the door" in text
    assert "Placed by test" in text


async def test_the_way_of_an_order_through_errors_and_people(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), LATER)
    await note(lane, order_id, "stock is called", actor="user:ada")
    client = await signed_in("operator", first_name="Ada", last_name="Byron")
    text = await text_of(client, url(order_id))
    assert "retrying 1 of 5 attempts used, next in" in text
    assert "Late, because attempt 1 ended in StockTimeout." in text
    assert "Attempt 1 failed, again in 10 min" in text
    assert "StockTimeout : no answer from stock" in text
    assert "Ada Byron noted stock is called" in text
    assert "All 4 Changes 3 Notes 1" in text
    await cancel(lane, [order_id], actor="user:ada", reason="rang: wrong colour")
    text = await text_of(client, url(order_id))
    assert "Cancelled by Ada Byron. “rang: wrong colour”" in text


@pytest.mark.parametrize(
    ("show", "there", "absent"),
    [("changes", "Attempt 1", "stock is called"), ("notes", "stock is called", "Attempt 1 on")],
)
async def test_steps_can_be_chosen(lane: Lane, worker: Worker, show: str, there: str, absent: str) -> None:
    order_id = await placed_order(lane)
    await worker.take()
    await note(lane, order_id, "stock is called", actor="user:ada")
    text = await text_of(await signed_in("viewer"), url(order_id, show=show))
    assert there in text
    assert absent not in text


async def test_the_newest_can_stand_first(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    page = await html_of(await signed_in("viewer"), url(order_id, newest="first"))
    titles = re.findall(r'<p><b class="strong">(.*?)</b>', page)
    assert titles == ["Completed", "Attempt 1", "Placed"]


async def test_what_redis_holds_is_shown_with_the_command_that_asks_for_it(
    lane: Lane, worker: Worker
) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), LATER)
    client = await signed_in("viewer")
    key = lane.keys.status(order_id)
    for holds, command, reply in (
        ("status", f"HGETALL {key}", '"retrying"'),
        ("entry", f"XRANGE {lane.keys.stream} {order_id} {order_id}", '"customer_id"'),
        ("events", f"XRANGE {lane.keys.events} ", '"order.retried"'),
        ("pending", f"XPENDING {lane.keys.stream} {lane.group} {order_id} {order_id} 1", '"@waiting"'),
    ):
        text = html.unescape(await text_of(client, url(order_id, holds=holds)))
        assert command in text
        assert reply in text
    assert f"ZSCORE {lane.keys.retry} {order_id}" in text


BUTTONS = {
    "pending": {"cancel"},
    "processing": {"cancel"},
    "retrying": {"cancel"},
    "completed": set(),
    "failed": {"requeue", "discard"},
    "cancelled": set(),
}


async def in_status(lane: Lane, worker: Worker, status: str) -> str:
    order_id = await placed_order(lane)
    if status == "cancelled":
        await cancel(lane, [order_id], actor="user:ada")
    elif status != "pending":
        fences = await worker.take()
        outcome = {"retrying": LATER, "completed": Completed(), "failed": REJECTED}.get(status)
        if outcome is not None:
            await worker.finish(fences, outcome)
    return order_id


def deeds_in(page: str) -> set[str]:
    return {path.rpartition("/")[2] for path in re.findall(r'data-url="/api/orders/[^/"]+/(\w+)"', page)}


@pytest.mark.parametrize("status", BUTTONS)
async def test_only_what_can_be_done_is_offered_and_only_to_those_who_may(
    lane: Lane, worker: Worker, status: str
) -> None:
    order_id = await in_status(lane, worker, status)
    assert deeds_in(await html_of(await signed_in("operator"), url(order_id))) == BUTTONS[status] | {"notes"}
    page = await html_of(await signed_in("viewer", name="eve"), url(order_id))
    assert deeds_in(page) == set()
    assert "Place again" not in page


async def test_a_cancel_is_asked_once(lane: Lane, worker: Worker) -> None:
    order_id = await in_status(lane, worker, "processing")
    await cancel(lane, [order_id], actor="user:ada")
    page = await html_of(await signed_in("operator"), url(order_id))
    assert deeds_in(page) == {"notes"}
    assert "Will be cancelled when its attempt on kobe-1 ends." in words(page)


@pytest.mark.parametrize("path", ["", "customer/", "newer/", "older/"])
async def test_it_is_for_those_who_may_read_orders(lane: Lane, path: str) -> None:
    order_id = await placed_order(lane)
    assert (await AsyncClient().get(url(order_id) + path)).status_code == 302
    assert (await AsyncClient().get(url(order_id) + path, headers=PART)).status_code == 401
    assert (await (await signed_in(None)).get(url(order_id) + path)).status_code == 403
    viewer = await signed_in("viewer", name="eve")
    assert (await viewer.get(url(order_id) + path)).status_code in {200, 302}
    assert (await viewer.post(url(order_id) + path)).status_code == 405


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


async def test_while_redis_is_away_the_page_says_so_and_its_parts_nothing(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await placed_order(lane)
    client = await signed_in("operator")
    monkeypatch.setattr(django_settings, "REDIS_URL", "unix:///nowhere/redis.sock")
    page = await client.get(url(order_id))
    assert page.status_code == 503
    assert "Redis cannot be reached" in page.content.decode()
    for path in ("", "customer/"):
        part = await client.get(url(order_id) + path, headers=PART)
        assert (part.status_code, part.content) == (503, b"")


async def test_placing_again_names_both_only_for_those_who_may_write_notes(lane: Lane) -> None:
    order_id = await placed_order(lane, customer_id="C-9")
    client = await signed_in("operator")
    form = await html_of(client, f"/place/?again={order_id}")
    assert 'value="C-9"' in form
    sent = {"customer_id": "C-9", "product_id": "P-1", "quantity": "7", "price": "4.15", "again": order_id}
    answer = await client.post("/place/", sent)
    new_url = answer["Location"]
    assert f"Placed again from {order_id}" in await text_of(client, new_url)
    assert f"Placed again as {new_url.split('/')[2]}" in await text_of(client, url(order_id))
    unknown = await client.post("/place/", sent | {"again": "1-1", "quantity": "8"})
    assert "Placed again" not in await text_of(client, unknown["Location"])


async def test_neighbours_are_a_redirect_away(lane: Lane) -> None:
    first, second = await placed_orders(lane, 2)
    client = await signed_in("viewer")
    assert (await client.get(url(first) + "newer/"))["Location"] == url(second)
    assert (await client.get(url(second) + "older/"))["Location"] == url(first)
    assert (await client.get(url(second) + "newer/"))["Location"] == url(second)


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
        page = await html_of(client, url(order_id, holds=holds))
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
    text = await text_of(client, url(order_id))
    assert "Waits to be adopted by the next worker." in text
    assert "Customer unknown" in text
    assert "customer x" in text
    await discard(lane, [order_id], actor="user:ada")
    text = await text_of(client, url(order_id))
    assert "Found to be no order by ada: somebody had written it straight into the stream" in text


async def test_a_dead_letter_that_is_no_order_cannot_be_retried(lane: Lane) -> None:
    order_id = await foreign_entry(lane, {"customer": "x"})
    await note(lane, order_id, "what is this?", actor="user:ada")
    page = await html_of(await signed_in("operator"), url(order_id))
    assert "This is no order." in page
    assert deeds_in(page) == {"discard", "notes"}


async def test_an_adopted_order_says_how_it_came(lane: Lane) -> None:
    entry = {"customer_id": "7", "product_id": "tea", "quantity": "1", "price": "4.15"}
    order_id = await foreign_entry(lane, entry)
    await note(lane, order_id, "hello", actor="user:ada")
    text = await text_of(await signed_in("viewer"), url(order_id))
    assert "Adopted by ada, after somebody had written it straight into the stream" in text


async def test_a_lost_status_is_unknown_and_the_next_deed_restores_it(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    await lane.command("DEL", lane.keys.status(order_id))
    client = await signed_in("operator")
    text = await text_of(client, url(order_id))
    assert "Unknown: its status is lost." in text
    assert "Completed by attempt 1 on kobe-1" in text
    await note(lane, order_id, "restored", actor="user:ada")
    assert "Completed in" in await text_of(client, url(order_id))


@pytest.mark.parametrize("how", ["field", "type"])
async def test_a_broken_status_says_what_to_do(lane: Lane, how: str) -> None:
    order_id = await placed_order(lane)
    key = lane.keys.status(order_id)
    if how == "field":
        await lane.command("HSET", key, "status", "shipped")
    else:
        await lane.command("SET", key, "no hash")
    client = await signed_in("operator")
    text = await text_of(client, url(order_id))
    assert "Unreadable: what Redis holds as its status, no step of ours has written." in text
    assert f"TYPE {key} DEL {key}" in text
    assert "Then add a note" in text
    assert "Customer C-1" in text
    assert "Placed by test" in text
    await lane.command("DEL", key)
    await note(lane, order_id, "mended", actor="user:ada")
    assert "Unreadable" not in await text_of(client, url(order_id))


async def test_an_entry_that_is_gone_leaves_what_its_events_tell(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    await lane.command("XDEL", lane.keys.stream, order_id)
    text = await text_of(await signed_in("viewer"), url(order_id))
    assert "Its entry is gone from the stream" in text
    assert "Customer C-1" in text


async def test_the_same_customers_orders_are_named_and_counted(lane: Lane) -> None:
    mine = await placed_orders(lane, 10, customer_id="C-9")
    await placed_orders(lane, 2, customer_id="C-8")
    text = await text_of(await signed_in("viewer"), url(mine[0]) + "customer/")
    assert "10 of the newest 500" in text
    assert text.count(" pending ") == 8


def renewal_in(page: str) -> str:
    """The address by which the page's part asks for itself."""
    found = re.search(r'id="order" data-live="(?:events|figures" data-every="2)" hx-get="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


async def test_a_part_has_nothing_to_say_until_something_happens(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    client = await signed_in("operator")
    page = await html_of(client, url(order_id, holds="entry", show="notes"))
    assert 'id="order" data-live="events"' in page
    renewal = renewal_in(page)
    answer = await client.get(renewal, headers=PART)
    assert (answer.status_code, answer.content) == (204, b"")
    await note(lane, order_id, "thanks", actor="user:ada")
    part = await html_of(client, renewal, **PART)
    assert part.lstrip().startswith('<div class="cols-side" id="order"')
    assert "thanks" in part
    assert '<section id="same" data-kept></section>' in part
    assert "holds=entry" in renewal_in(part)
    assert (await client.get(renewal_in(part), headers=PART)).status_code == 204


async def test_a_part_looks_further_when_somebody_asks_and_not_each_time(lane: Lane) -> None:
    order_id = await placed_order(lane)
    page = await html_of(await signed_in("viewer"), url(order_id, look="further", newest="first"))
    assert "newest=first" in renewal_in(page)
    assert "look=" not in renewal_in(page)


async def test_the_place_of_an_order_that_waits_is_looked_at_again(lane: Lane, worker: Worker) -> None:
    _, order_id = await placed_orders(lane, 2)
    client = await signed_in("viewer")
    page = await html_of(client, url(order_id))
    assert 'id="order" data-live="figures" data-every="2"' in page
    renewal = renewal_in(page)
    assert (await client.get(renewal, headers=PART)).status_code == 204
    later = re.sub(r"at=\d+", f"at={await lane.now_ms() - 5_000}", renewal)
    await worker.take()
    assert "Is next in line; 1 worker is at work." in await html_of(client, later, **PART)


async def test_a_broken_status_is_told_each_time(lane: Lane) -> None:
    order_id = await placed_order(lane)
    client = await signed_in("viewer")
    renewal = renewal_in(await html_of(client, url(order_id)))
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
