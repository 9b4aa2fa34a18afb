"""The stream page: figures, groups, what is pending, and entries, whatever the streams hold."""

import html
import re

import pytest

from orderstream.streams.deliveries import Deliveries
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from orderstream.streams.metrics import Sample, add_sample
from tests.dashboard.pages import PART, html_of, signed_in, text_of
from tests.orders import foreign_entry, placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def taken(lane: Lane, worker: str, count: int) -> list[str]:
    """Read and begun by a worker that lives."""
    await beat(lane, worker, lease_ms=60_000, sweep_every_ms=10**9, fields={})
    deliveries = Deliveries(lane, worker)
    ids = [each.order_id for each in await deliveries.read(lane.client, count, None)]
    for start in range(0, len(ids), 1_000):
        await deliveries.begin(ids[start : start + 1_000], lease_ms=60_000, patience_ms=60_000, attempts=5)
    return ids


async def test_the_figures_of_a_stream_and_how_to_ask_redis_for_them(lane: Lane) -> None:
    ids = await placed_orders(lane, 3)
    text = await text_of(await signed_in("viewer"), "/stream/")
    assert "Length 3 3 added in all" in text
    assert f"First entry {ids[0]}" in text
    assert f"Last entry {ids[2]}" in text
    assert "Written unknown the keeper is away" in text
    for line in ("XINFO STREAM", "XINFO GROUPS", "XINFO CONSUMERS", "XPENDING", "XREVRANGE", "MEMORY USAGE"):
        assert f"{line} {lane.keys.stream}" in text


async def test_a_rate_needs_the_keeper(lane: Lane) -> None:
    now = await lane.now_ms()
    await add_sample(lane, Sample(now - 4_000, {"orders_written": 10}))
    await add_sample(lane, Sample(now - 1_000, {"orders_written": 40}))
    text = await text_of(await signed_in("viewer"), "/stream/now/")
    assert "Written 10.0 /s 864,000 a day at this rate" in text


async def test_a_foreign_group_is_shown_with_where_its_lag_comes_from(lane: Lane) -> None:
    ids = await placed_orders(lane, 5)
    await lane.client.xgroup_create(lane.keys.stream, "warehouse", id=ids[2])
    client = await signed_in("viewer")
    text = await text_of(client, "/stream/")
    assert "warehouse 0 0 2 counted, since the server does not know it" in text
    assert "order_processors 0 0 5 server, and counted the same" in text
    await lane.client.xreadgroup("warehouse", "till", {lane.keys.stream: ">"})
    text = await text_of(client, "/stream/?group=warehouse")
    assert "2 of warehouse, oldest first" in text
    assert "till no worker of ours" in text


async def test_without_a_group_the_page_says_who_makes_it(lane: Lane) -> None:
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    text = await text_of(await signed_in("viewer"), "/stream/")
    assert "No group reads this stream yet; the first worker makes one." in text
    assert "Nothing is pending." in text


async def test_a_group_that_is_missing_is_said(lane: Lane) -> None:
    text = await text_of(await signed_in("viewer"), "/stream/?group=warehose")
    assert "No group of this stream is called warehose." in text


async def test_without_any_stream_the_page_opens(lane: Lane) -> None:
    await lane.client.delete(lane.keys.stream)
    for name in ("orders", "events", "metrics"):
        text = await text_of(await signed_in("viewer", name=name), f"/stream/?name={name}")
        assert "Nothing has been written yet." in text
        assert "Length 0" in text


async def test_what_is_pending_says_whose_it_is_and_as_what(lane: Lane) -> None:
    await placed_orders(lane, 3)
    ids = await taken(lane, "ann", 2)
    client = await signed_in("viewer")
    page = await html_of(client, "/stream/pending/")
    assert page.index(ids[0]) < page.index(ids[1])
    assert page.count('data-status="processing"') == 2
    text = await text_of(client, "/stream/pending/?consumer=ann")
    assert "2 of ann, oldest first" in text
    assert f"XPENDING {lane.keys.stream} order_processors - + 2 ann" in text
    assert "0 of bob, oldest first" in await text_of(client, "/stream/pending/?consumer=bob")


async def test_five_thousand_pending_come_by_pages(lane: Lane) -> None:
    for _ in range(5):
        await placed_orders(lane, 1_000)
    ids = await taken(lane, "ann", 5_000)
    client = await signed_in("viewer")
    page = await html_of(client, "/stream/")
    assert "5,000 of order_processors, oldest first" in page
    seen = re.findall(r'data-key="(\d+-\d+)"', page.split('id="stream-pending"')[1].split("Consumers")[0])
    assert seen == ids[:25]
    following = re.search(r'href="/stream/(\?[^"#]+)#stream-pending" rel="next"', page)
    assert following is not None
    page = await html_of(client, f"/stream/pending/{html.unescape(following[1])}")
    assert re.findall(r'<tr data-key="(\d+-\d+)"', page)[:25] == ids[25:50]


async def test_entries_are_lines_and_hide_nothing(lane: Lane) -> None:
    await foreign_entry(lane, {"note": "<script>alert(1)</script>", "x": 'a "b"', b"\xff": b"\xfe"})
    page = await html_of(await signed_in("viewer"), "/stream/")
    assert "<script>alert" not in page
    assert "note=&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "x=&quot;a \\&quot;b\\&quot;&quot; ?=?" in page


async def test_names_of_others_are_escaped_too(lane: Lane) -> None:
    await placed_orders(lane, 2)
    evil = "<img src=x onerror=alert(1)>"
    await lane.client.xgroup_create(lane.keys.stream, evil, id="0")
    await lane.client.xreadgroup(evil, evil, {lane.keys.stream: ">"})
    await lane.client.xgroup_create(lane.keys.stream, b"\xff", id="0")
    client = await signed_in("viewer")
    page = await html_of(client, "/stream/")
    assert "<img" not in page
    link = re.search(r'href="/stream/(\?group=[^"#]+)#stream-pending"', page)
    assert link is not None
    inside = await html_of(client, f"/stream/{html.unescape(link[1])}")
    assert "<img" not in inside
    assert "2 of &lt;img" in inside


async def test_a_place_is_found_by_id_and_by_time_and_paged_from_there(lane: Lane) -> None:
    ids = await placed_orders(lane, 60)
    client = await signed_in("viewer")
    page = await html_of(client, f"/stream/?find={ids[55]}")
    assert keys_of(page) == ids[55:5:-1]
    older = re.search(r'href="/stream/(\?[^"#]+)#entries-orders" rel="next"', page)
    assert older is not None
    assert keys_of(await html_of(client, f"/stream/{html.unescape(older[1])}")) == ids[5::-1]
    newer = re.search(r'href="/stream/(\?[^"#]+)#entries-orders" rel="prev"', page)
    assert newer is not None
    assert keys_of(await html_of(client, f"/stream/{html.unescape(newer[1])}")) == ids[:55:-1]
    assert "There is no entry there." in await text_of(client, "/stream/?find=2001-01-01")
    assert keys_of(await html_of(client, f"/stream/?find={ids[3]}..{ids[5]}")) == ids[5:2:-1]


async def test_an_id_that_is_none_shows_the_nearest_and_says_so(lane: Lane) -> None:
    ids = await placed_orders(lane, 2)
    text = await text_of(await signed_in("viewer"), f"/stream/?find={ids[1].split('-')[0]}-9999")
    assert "There is no entry with this id; the nearest earlier one stands on top." in text


async def test_what_is_no_place_says_what_would_be_one(lane: Lane) -> None:
    page = await html_of(await signed_in("viewer"), "/stream/?find=noon")
    assert 'value="noon"' in page
    assert 'aria-invalid="true"' in page
    assert "Use an id such as 1795152368412-0" in page


async def test_the_newest_move_by_themselves_and_a_place_in_the_past_does_not(lane: Lane) -> None:
    [order_id] = await placed_orders(lane, 1)
    client = await signed_in("viewer")
    assert 'id="entries-events" data-live="events"' in await html_of(client, "/stream/")
    page = await html_of(client, f"/stream/?find={order_id}")
    assert 'id="entries-orders" data-live' not in page
    assert 'id="entries-events" data-live' in page
    part = await html_of(client, f"/stream/entries/?find={order_id}", **PART)
    assert part.lstrip().startswith('<div id="entries-orders"')


async def test_events_link_to_their_orders_and_samples_to_none(lane: Lane) -> None:
    [order_id] = await placed_orders(lane, 1)
    await add_sample(lane, Sample(await lane.now_ms(), {"lag": 3}))
    client = await signed_in("viewer")
    events = await html_of(client, "/stream/entries/?name=events")
    assert f'href="/orders/{order_id}/"' in events
    assert "order.placed" in events
    samples = await html_of(client, "/stream/entries/?name=metrics")
    assert "/orders/" not in samples
    assert "lag=3" in samples


def keys_of(page: str) -> list[str]:
    entries = page.split('id="entries-orders"')[1].split("</div>")[0]
    return re.findall(r'<tr data-key="(\d+-\d+)"', entries)
