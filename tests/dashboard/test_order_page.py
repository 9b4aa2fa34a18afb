"""One order's page: what it says of every kind of order, to whom, and when it says nothing new."""

import html
import re

import pytest
from django.conf import settings as django_settings
from django.test import AsyncClient

from orderstream.domain.outcomes import Completed
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, note
from tests.dashboard.doing import LATER, REJECTED, Worker
from tests.dashboard.pages import PART, deeds_in, html_of, order_url, renewal_in, signed_in, text_of, words
from tests.orders import placed_order, placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def test_an_order_that_waits_says_why_and_what_it_is(lane: Lane, worker: Worker) -> None:
    _, order_id = await placed_orders(lane, 2, reference="W-7", note="Leave at the door")
    text = await text_of(await signed_in("viewer"), order_url(order_id))
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
    text = await text_of(client, order_url(order_id))
    assert "retrying 1 of 5 attempts used, next in" in text
    assert "Late, because attempt 1 ended in StockTimeout." in text
    assert "Attempt 1 failed, again in 10 min" in text
    assert "StockTimeout : no answer from stock" in text
    assert "Ada Byron noted stock is called" in text
    assert "All 4 Changes 3 Notes 1" in text
    await cancel(lane, [order_id], actor="user:ada", reason="rang: wrong colour")
    text = await text_of(client, order_url(order_id))
    assert "Cancelled by Ada Byron. “rang: wrong colour”" in text


@pytest.mark.parametrize(
    ("show", "there", "absent"),
    [("changes", "Attempt 1", "stock is called"), ("notes", "stock is called", "Attempt 1 on")],
)
async def test_steps_can_be_chosen(lane: Lane, worker: Worker, show: str, there: str, absent: str) -> None:
    order_id = await placed_order(lane)
    await worker.take()
    await note(lane, order_id, "stock is called", actor="user:ada")
    text = await text_of(await signed_in("viewer"), order_url(order_id, show=show))
    assert there in text
    assert absent not in text


async def test_the_newest_can_stand_first(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    page = await html_of(await signed_in("viewer"), order_url(order_id, newest="first"))
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
        text = html.unescape(await text_of(client, order_url(order_id, holds=holds)))
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


@pytest.mark.parametrize("status", BUTTONS)
async def test_only_what_can_be_done_is_offered_and_only_to_those_who_may(
    lane: Lane, worker: Worker, status: str
) -> None:
    order_id = await in_status(lane, worker, status)
    assert deeds_in(await html_of(await signed_in("operator"), order_url(order_id))) == BUTTONS[status] | {
        "notes"
    }
    page = await html_of(await signed_in("viewer", name="eve"), order_url(order_id))
    assert deeds_in(page) == set()
    assert "Place again" not in page


async def test_a_cancel_is_asked_once(lane: Lane, worker: Worker) -> None:
    order_id = await in_status(lane, worker, "processing")
    await cancel(lane, [order_id], actor="user:ada")
    page = await html_of(await signed_in("operator"), order_url(order_id))
    assert deeds_in(page) == {"notes"}
    assert "Will be cancelled when its attempt on kobe-1 ends." in words(page)


@pytest.mark.parametrize("path", ["", "customer/", "newer/", "older/"])
async def test_it_is_for_those_who_may_read_orders(lane: Lane, path: str) -> None:
    order_id = await placed_order(lane)
    assert (await AsyncClient().get(order_url(order_id) + path)).status_code == 302
    assert (await AsyncClient().get(order_url(order_id) + path, headers=PART)).status_code == 401
    assert (await (await signed_in(None)).get(order_url(order_id) + path)).status_code == 403
    viewer = await signed_in("viewer", name="eve")
    assert (await viewer.get(order_url(order_id) + path)).status_code in {200, 302}
    assert (await viewer.post(order_url(order_id) + path)).status_code == 405


async def test_while_redis_is_away_the_page_says_so_and_its_parts_nothing(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await placed_order(lane)
    client = await signed_in("operator")
    monkeypatch.setattr(django_settings, "REDIS_URL", "unix:///nowhere/redis.sock")
    page = await client.get(order_url(order_id))
    assert page.status_code == 503
    assert "Redis cannot be reached" in page.content.decode()
    for path in ("", "customer/"):
        part = await client.get(order_url(order_id) + path, headers=PART)
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
    assert f"Placed again as {new_url.split('/')[2]}" in await text_of(client, order_url(order_id))
    unknown = await client.post("/place/", sent | {"again": "1-1", "quantity": "8"})
    assert "Placed again" not in await text_of(client, unknown["Location"])


async def test_neighbours_are_a_redirect_away(lane: Lane) -> None:
    first, second = await placed_orders(lane, 2)
    client = await signed_in("viewer")
    assert (await client.get(order_url(first) + "newer/"))["Location"] == order_url(second)
    assert (await client.get(order_url(second) + "older/"))["Location"] == order_url(first)
    assert (await client.get(order_url(second) + "newer/"))["Location"] == order_url(second)


async def test_the_same_customers_orders_are_named_and_counted(lane: Lane) -> None:
    mine = await placed_orders(lane, 10, customer_id="C-9")
    await placed_orders(lane, 2, customer_id="C-8")
    text = await text_of(await signed_in("viewer"), order_url(mine[0]) + "customer/")
    assert "10 of the newest 500" in text
    assert text.count(" pending ") == 8


async def test_a_part_has_nothing_to_say_until_something_happens(lane: Lane, worker: Worker) -> None:
    order_id = await placed_order(lane)
    await worker.finish(await worker.take(), Completed())
    client = await signed_in("operator")
    page = await html_of(client, order_url(order_id, holds="entry", show="notes"))
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
    page = await html_of(await signed_in("viewer"), order_url(order_id, look="further", newest="first"))
    assert "newest=first" in renewal_in(page)
    assert "look=" not in renewal_in(page)


async def test_the_place_of_an_order_that_waits_is_looked_at_again(lane: Lane, worker: Worker) -> None:
    _, order_id = await placed_orders(lane, 2)
    client = await signed_in("viewer")
    page = await html_of(client, order_url(order_id))
    assert 'id="order" data-live="figures" data-every="2"' in page
    renewal = renewal_in(page)
    assert (await client.get(renewal, headers=PART)).status_code == 204
    later = re.sub(r"at=\d+", f"at={await lane.now_ms() - 5_000}", renewal)
    await worker.take()
    assert "Is next in line; 1 worker is at work." in await html_of(client, later, **PART)
