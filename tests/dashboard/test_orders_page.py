"""The list of orders: filters that can be shared, pages both ways, rows as they change, finding one."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import list_views
from orderstream.domain.outcomes import Completed, Rejected
from orderstream.streams import browsing
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests.dashboard.asking import ANY_TEXT, EXAMPLES, NEARLY_IDS, Asker
from tests.dashboard.doing import LATER, REJECTED, Worker
from tests.dashboard.pages import PART, html_of, signed_in, text_of, words
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def ids_in(page: str) -> list[str]:
    return re.findall(r'<tr data-key="([^"]+)"', page)


def links_in(page: str) -> dict[str, str]:
    """Where the pager's buttons lead, by their words."""
    footer = page[page.index('<footer class="pane line pager">') :]
    return {text: html.unescape(href) for href, text in re.findall(r'href="([^"]*)">([^<]+)</a>', footer)}


async def test_each_order_has_its_row(lane: Lane, worker: Worker) -> None:
    waits = await placed_order(lane, note="Leave at the door")
    fences = await worker.take()
    failed = await placed_order(lane)
    await worker.finish(await worker.take(), REJECTED)
    page = await html_of(await signed_in("viewer"), "/orders/")
    assert ids_in(page) == [failed, waits]
    text = words(page)
    assert "failed" in text
    assert "2 × P-1 8.30 1 kobe-1" in text
    assert "OrderRejected: no such product" in text
    assert "processing" in text
    assert "Leave at the door" in text
    await worker.finish(fences, Completed())
    assert "completed" in await text_of(await signed_in("viewer", name="eve"), "/orders/")


async def test_it_is_paged_in_both_directions_with_its_filter(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_views, "SHOWN", 3)
    placed = await placed_orders(lane, 14)
    await cancel(lane, placed[::2], actor="user:ada")
    cancelled = placed[::2][::-1]
    client = await signed_in("viewer")
    first = await html_of(client, "/orders/?status=cancelled")
    assert ids_in(first) == cancelled[:3]
    assert set(links_in(first)) == {"Older"}
    second = await html_of(client, links_in(first)["Older"])
    assert ids_in(second) == cancelled[3:6]
    assert set(links_in(second)) == {"To the newest", "Newer", "Older"}
    assert all("status=cancelled" in link for link in links_in(second).values())
    assert ids_in(await html_of(client, links_in(second)["Newer"])) == cancelled[:3]
    last = await html_of(client, links_in(second)["Older"])
    assert ids_in(last) == cancelled[6:]
    assert set(links_in(last)) == {"To the newest", "Newer"}


async def test_a_rare_status_says_how_many_were_looked_at_and_goes_on(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "CHUNK", 5)
    monkeypatch.setattr(browsing, "LOOKED_AT_MAX", 10)
    placed = await placed_orders(lane, 25)
    await cancel(lane, placed[:1], actor="user:ada")
    client = await signed_in("viewer")
    page = await html_of(client, "/orders/?status=cancelled")
    assert "0 orders of 10 looked at" in words(page)
    for _ in range(2):
        page = await html_of(client, links_in(page)["Look further"])
    assert ids_in(page) == placed[:1]
    assert "Look further" not in page


async def test_several_statuses_can_be_asked_for(lane: Lane, worker: Worker) -> None:
    retrying, failed, processing, waits = await placed_orders(lane, 4)
    fences = await worker.take(3)
    await worker.finish({retrying: fences[retrying]}, LATER)
    await worker.finish({failed: fences[failed]}, REJECTED)
    client = await signed_in("viewer")
    for query, found in (
        ("status=failed&status=retrying", [failed, retrying]),
        ("status=processing", [processing]),
        ("status=processing&status=pending", [waits, processing]),
        ("status=shipped", [waits, processing, failed, retrying]),
    ):
        assert ids_in(await html_of(client, f"/orders/?{query}")) == found


async def test_a_span_is_given_as_ids_or_as_times(lane: Lane) -> None:
    placed = await placed_orders(lane, 5)
    client = await signed_in("viewer")
    page = await html_of(client, f"/orders/?since={placed[1]}&until={placed[3]}")
    assert ids_in(page) == placed[1:4][::-1]
    now = datetime.now(UTC)
    for since, there in (
        (f"{now:%Y-%m-%dT00:00:00Z}", True),
        (f"{now:%Y-%m-%dT00:00:00+00:00}", True),
        (f"{now:%Y-%m-%d}", True),
        ("2099-01-01T00:00:00Z", False),
    ):
        assert bool(ids_in(await html_of(client, f"/orders/?since={since}"))) is there, since
    assert ids_in(await html_of(client, "/orders/?until=2001-01-01")) == []


@pytest.mark.parametrize("since", ["tomorrow", "1-1-1", "..", "5..6", "25:00", "%00", "-1"])
async def test_a_boundary_that_is_none_is_said_and_asks_for_nothing(lane: Lane, since: str) -> None:
    await placed_order(lane)
    page = await html_of(await signed_in("viewer"), f"/orders/?since={since}")
    assert 'aria-invalid="true"' in page
    assert "Use an id such as" in page
    assert ids_in(page) == []


async def test_an_order_is_found_by_its_id_or_the_end_of_it(lane: Lane) -> None:
    first, second = await placed_order(lane), await placed_order(lane)
    client = await signed_in("viewer")
    whole = await client.get(f"/orders/?find={first}")
    assert (whole.status_code, whole["Location"]) == (302, f"/orders/{first}/")
    tail = f"{second.partition('-')[0][-5:]}-{second.partition('-')[2]}"
    for typed in (tail, f" …{tail} "):
        assert (await client.get("/orders/", {"find": typed}))["Location"] == f"/orders/{second}/"
    gone = "1795152368412-7"
    assert (await client.get(f"/orders/?find={gone}"))["Location"] == f"/orders/{gone}/"


async def test_an_order_with_a_short_id_is_found_too(lane: Lane) -> None:
    old = await foreign_entry(lane, {"customer_id": "7"}, "5-5")
    assert (await (await signed_in("viewer")).get("/orders/?find=5-5"))["Location"] == f"/orders/{old}/"


async def test_an_end_that_several_share_lists_them(lane: Lane) -> None:
    placed = await placed_orders(lane, 3)
    page = await html_of(await signed_in("viewer"), "/orders/?find=" + placed[0].partition("-")[0][-4:])
    assert set(ids_in(page)) == {i for i in placed if i.startswith(placed[0].partition("-")[0])}


@pytest.mark.parametrize(
    ("find", "said"),
    [
        ("99999-9", "None of the newest 500 orders ends in 99999-9"),
        ("customer", "“customer” is no id nor the end of one"),
        ("", "Type an order"),
    ],
)
async def test_what_is_not_found_says_why(lane: Lane, find: str, said: str) -> None:
    await placed_order(lane)
    assert said in html.unescape(await html_of(await signed_in("viewer"), f"/orders/?find={find}"))


async def test_nothing_there_and_nothing_that_matches_are_told_apart(lane: Lane) -> None:
    client = await signed_in("viewer")
    assert "No order has been placed yet." in await text_of(client, "/orders/")
    await placed_order(lane)
    assert "No order matches." in await text_of(client, "/orders/?status=failed")
    assert "There are no more." in await text_of(client, "/orders/?before=1-1")
    for edge in ("before=0-0", f"after={2**64 - 1}-{2**64 - 1}"):
        assert ids_in(await html_of(client, f"/orders/?{edge}")) == []


async def test_what_cannot_be_read_has_its_row(lane: Lane) -> None:
    odd = await placed_order(lane)
    await lane.command("HSET", lane.keys.status(odd), "status", "shipped")
    foreign = await foreign_entry(lane, {"x": "y", "quantity": "٣"})
    page = await html_of(await signed_in("viewer"), "/orders/")
    assert ids_in(page) == [foreign, odd]
    assert "unreadable" in words(page)


EVIL = {
    "customer_id": "<script>alert(1)</script>",
    "product_id": "顧客" * 32,
    "note": "\u202eright to left\u202c\"'><img src=x onerror=alert(1)>",
}


async def test_whatever_orders_say_is_shown_as_text(lane: Lane, worker: Worker) -> None:
    await placed_order(lane, **EVIL)
    await worker.finish(await worker.take(), Rejected("<b>E</b>", "<script>alert(2)</script>"))
    await placed_order(lane, **EVIL)
    client = await signed_in("operator")
    for path in (
        "/orders/",
        "/orders/?find=<script>alert(3)</script>",
        "/orders/?since=<script>alert(4)</script>",
    ):
        page = await html_of(client, path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "<b>E" not in page
    assert EVIL["product_id"] in await html_of(client, "/orders/")


def renewal_in(page: str) -> str:
    found = re.search(r'<tbody id="rows" data-rows data-live="events" hx-get="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


async def test_rows_change_in_place_and_say_nothing_when_nothing_happened(lane: Lane, worker: Worker) -> None:
    placed = await placed_orders(lane, 3)
    client = await signed_in("viewer")
    renewal = renewal_in(await html_of(client, "/orders/?status=pending"))
    assert (await client.get(renewal, headers=PART)).status_code == 204
    await placed_order(lane)
    assert (await client.get(renewal, headers=PART)).status_code == 204
    await worker.finish(await worker.take(), Completed())
    part = await html_of(client, renewal, **PART)
    assert ids_in(part) == placed[::-1], "a row keeps its place, also when it does not match any more"
    assert part.count('data-status="completed"') == 2  # the status, and the mark of its attempt
    assert (await client.get(renewal_in(part), headers=PART)).status_code == 204


async def test_a_broken_row_is_told_each_time(lane: Lane) -> None:
    order_id = await placed_order(lane)
    client = await signed_in("viewer")
    renewal = renewal_in(await html_of(client, "/orders/"))
    await lane.command("SET", lane.keys.status(order_id), "x")
    assert "unreadable" in await text_of(client, renewal, **PART)


async def test_rows_are_asked_for_by_ids_alone(lane: Lane) -> None:
    client = await signed_in("viewer")
    order_id = await placed_order(lane)
    for ids, found in (("x,1-1,,0-0", []), (f"{order_id},<b>", [order_id]), (",".join(["1-1"] * 500), [])):
        assert ids_in(await html_of(client, f"/orders/rows/?ids={ids}", **PART)) == found


VALUES = st.one_of(
    ANY_TEXT,
    NEARLY_IDS,
    st.datetimes().map(datetime.isoformat),
    st.sampled_from(["0-0", f"{2**64 - 1}-{2**64 - 1}", f"{2**64}-0", "failed", "24:00", "9999-12-31"]),
)
NAMES = st.sampled_from(["status", "since", "until", "zone", "before", "after", "find", "ids", "seen", "x"])


@EXAMPLES
@given(path=st.sampled_from(["/orders/", "/orders/rows/"]), query=st.dictionaries(NAMES, VALUES, max_size=5))
def test_garbage_in_the_address_is_no_fault(ask: Asker, path: str, query: dict[str, str]) -> None:
    assert ask(f"{path}?{urlencode(query)}") in {200, 204, 302}
