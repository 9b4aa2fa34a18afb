"""The dead letters: grouped, one by one, chosen for a deed, and what is said before it."""

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import letter_views
from dashboard.letter_groups import groups_of, summary_of
from orderstream.domain.outcomes import Rejected
from orderstream.streams.lane import Lane
from orderstream.streams.letters import Letter
from orderstream.streams.operating import discard, note, requeue
from tests.dashboard.asking import ANY_TEXT, EXAMPLES, NEARLY_IDS, Asker
from tests.dashboard.doing import REJECTED, Worker
from tests.dashboard.pages import PART, html_of, signed_in, text_of, words
from tests.orders import foreign_entry, placed_order, placed_orders
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

STOCK = Rejected("StockTimeout", "no answer from stock")
NOW_MS = 1_795_152_326_703
MINUTE, HOUR = (
    timedelta(minutes=1) // timedelta(milliseconds=1),
    timedelta(hours=1) // timedelta(milliseconds=1),
)


async def failed(lane: Lane, worker: Worker, *outcomes: Rejected, **given: str) -> list[str]:
    ids = await placed_orders(lane, len(outcomes), **given)
    fences = await worker.take(len(ids))
    for order_id, outcome in zip(ids, outcomes, strict=True):
        await worker.finish({order_id: fences[order_id]}, outcome)
    return ids


def ids_in(page: str) -> list[str]:
    return re.findall(r'<tr data-key="([^"]+)"', page)


def errors_in(page: str) -> list[str]:
    return re.findall(r'data-key="group-([^"]*)"', page)


async def test_none_is_said_with_what_would_come_here(lane: Lane) -> None:
    text = await text_of(await signed_in("operator"), "/failed/")
    assert "No dead letters: nothing waits for a person." in text
    assert "Retry all" not in text


async def test_they_are_grouped_by_their_error(lane: Lane, worker: Worker) -> None:
    await failed(lane, worker, STOCK, STOCK, REJECTED, Rejected("WorkerLost"))
    page = await html_of(await signed_in("operator"), "/failed/")
    assert errors_in(page) == ["StockTimeout", "OrderRejected", "WorkerLost"]
    text = words(page)
    assert "2 of 4 share one error, the newest failed" in text
    assert "Raised an error 3 orders, 2 errors" in text
    assert "2 StockTimeout no answer from stock" in text
    assert "OrderRejected rejected, a retry will not help no such product" in text
    assert "Killed their workers" in text
    assert text.index("Killed their workers") < text.index("WorkerLost")
    assert "no report of any attempt" in text


async def test_one_by_one_with_what_each_died_of(lane: Lane, worker: Worker) -> None:
    stock, rejected = await failed(lane, worker, STOCK, REJECTED, customer_id="C-9")
    client = await signed_in("operator")
    page = await html_of(client, "/failed/?view=letters")
    assert ids_in(page) == [rejected, stock]
    assert "C-9 8.30 1 kobe-1 StockTimeout no answer from stock" in words(page)
    assert "1 to 2 of 2" in words(page)
    only = await html_of(client, "/failed/?view=letters&error=StockTimeout")
    assert ids_in(only) == [stock]
    assert "Retry all 1…" in words(only)


async def test_they_are_paged(lane: Lane, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_views, "SHOWN", 2)
    ids = await failed(lane, worker, *[STOCK] * 3, REJECTED, STOCK)
    client = await signed_in("viewer")
    assert ids_in(await html_of(client, "/failed/?view=letters")) == ids[:2:-1]
    second = await html_of(client, "/failed/?view=letters&page=2")
    assert ids_in(second) == ids[2:0:-1]
    assert "3 to 4 of 5" in words(second)
    for link in ('href="?view=letters"', 'href="?view=letters&amp;page=3"'):
        assert link in second
    stock = await html_of(client, "/failed/?view=letters&error=StockTimeout&page=2")
    assert ids_in(stock) == ids[1::-1]
    assert "None on this page." in await text_of(client, "/failed/?view=letters&page=999")


async def test_who_may_only_look_sees_no_way_to_do_anything(lane: Lane, worker: Worker) -> None:
    await failed(lane, worker, STOCK)
    for path in ("/failed/", "/failed/?view=letters"):
        page = await html_of(await signed_in("viewer", name=f"eve{len(path)}"), path)
        assert "data-preflight=" not in page
        assert "data-select" not in page


async def test_a_preflight_says_how_many_which_and_what_happens(lane: Lane, worker: Worker) -> None:
    ids = await failed(lane, worker, *[STOCK] * 4, REJECTED)
    await requeue(lane, ids[:1], actor="user:ada")
    [promoted] = await worker.deliveries.promote(9, lease_ms=60_000, suspects=1)
    begun = await worker.deliveries.begin([promoted], lease_ms=60_000, patience_ms=60_000, attempts=5)
    await worker.finish({promoted: begun[0].fence}, STOCK)  # type: ignore[union-attr]
    client = await signed_in("operator")
    text = await text_of(client, "/failed/preflight/?deed=requeue&error=StockTimeout", **PART)
    assert text.startswith("Retry 4 dead letters? All failed with StockTimeout")
    assert "with 5 new attempts." in text
    assert "1 of the 4 failed again after a retry. Leave them out" in text
    assert "Sample, 3 of 4" in text
    assert text.endswith("Retry 4 orders Stop Close")
    both = await text_of(client, f"/failed/preflight/?deed=discard&orders={ids[1]},{ids[4]},1-1", **PART)
    assert both.startswith("Discard 2 dead letters? They failed with 2 different errors")
    assert "This cannot be taken back." in both
    assert "Already retried" not in both
    again = await html_of(client, f"/failed/preflight/?deed=requeue&orders={ids[0]},{ids[1]}", **PART)
    assert f'data-orders="{ids[0]},{ids[1]}" data-first-orders="{ids[1]}"' in again
    everything = await text_of(client, "/failed/preflight/?deed=requeue", **PART)
    assert everything.startswith("Retry 5 dead letters?")


async def test_a_preflight_for_what_is_gone_says_so(lane: Lane, worker: Worker) -> None:
    ids = await failed(lane, worker, STOCK)
    await discard(lane, ids, actor="user:ada")
    client = await signed_in("operator")
    text = await text_of(client, f"/failed/preflight/?deed=requeue&orders={ids[0]}", **PART)
    assert "None of them is a dead letter any more" in text


async def test_the_ids_of_an_error_are_told_portion_by_portion(
    lane: Lane, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_views, "CHUNK", 2)
    ids = await failed(lane, worker, STOCK, REJECTED, STOCK, STOCK)
    client = await signed_in("operator")
    first = (await client.get("/failed/chosen/?error=StockTimeout")).json()
    assert first["orders"] == [ids[3], ids[2]]
    second = (await client.get(f"/failed/chosen/?error=StockTimeout&behind={first['next']}")).json()
    assert second == {"orders": [ids[0]], "next": None}
    assert (await client.get("/failed/chosen/?rounds=first")).json()["orders"] == ids[:1:-1]


async def test_a_thousand_are_grouped_and_paged_within_a_second_or_so(lane: Lane, worker: Worker) -> None:
    for _ in range(3):
        ids = await placed_orders(lane, 400)
        await worker.finish(await worker.take(400), STOCK)
    client = await signed_in("operator")
    page = await html_of(client, "/failed/")
    assert "1,000" in words(page)
    assert "Of 1,200 dead letters the newest 1,000 were looked at to group them." in words(page)
    assert "Retry all 1,200…" in words(page)
    text = await text_of(client, "/failed/preflight/?deed=requeue&error=StockTimeout", **PART)
    assert text.startswith("Retry 1,200 dead letters?")
    letters = await html_of(client, "/failed/?view=letters&page=24")
    assert len(ids_in(letters)) == 50
    assert set(ids_in(letters)).isdisjoint(ids)


async def test_one_whose_entry_is_gone_can_still_be_discarded(lane: Lane, worker: Worker) -> None:
    [order_id] = await failed(lane, worker, Rejected("EntryLost"))
    await lane.command("XDEL", lane.keys.stream, order_id)
    client = await signed_in("operator")
    page = await html_of(client, "/failed/")
    assert 'data-preflight="discard"' in page
    assert 'id="retry-EntryLost"' not in page
    assert ids_in(await html_of(client, "/failed/?view=letters")) == [order_id]


async def test_what_is_no_order_and_what_is_broken_are_told_apart(lane: Lane) -> None:
    foreign, odd = await foreign_entry(lane, {"x": "y"}), await placed_order(lane)
    await note(lane, foreign, "what is this?", actor="user:ada")
    await lane.command("SET", lane.keys.status(odd), "x")
    await lane.command("ZADD", lane.keys.failed, 5, odd, 6, "gossip")
    client = await signed_in("operator")
    page = await html_of(client, "/failed/")
    assert set(errors_in(page)) == {"InvalidOrder", ""}
    assert "no order, a retry will not help" in words(page)
    assert "what Redis holds was not written by us" in words(page)
    unreadable = await html_of(client, "/failed/?view=letters&error=")
    assert ids_in(unreadable) == [odd]
    assert (await client.get("/failed/chosen/?error=")).json()["orders"] == [odd]


async def test_whatever_letters_say_is_shown_as_text(lane: Lane, worker: Worker) -> None:
    evil = Rejected("<b>E</b>", "<script>alert(1)</script>")
    await failed(lane, worker, evil, customer_id="<script>alert(2)</script>", product_id="顧客" * 32)
    client = await signed_in("operator")
    for path in ("/failed/", "/failed/?view=letters", "/failed/preflight/?error=" + "<b>E</b>"):
        page = await html_of(client, path)
        assert "<script>alert" not in page
        assert "<b>E</b>" not in page
        assert html.escape("<b>E</b>") in page


async def test_a_part_says_nothing_until_a_letter_comes_or_goes(lane: Lane, worker: Worker) -> None:
    [order_id] = await failed(lane, worker, STOCK)
    client = await signed_in("operator")
    page = await html_of(client, "/failed/?view=letters")
    found = re.search(r'id="letters" data-live="events" data-every="2" hx-get="([^"]+)"', page)
    assert found
    renewal = html.unescape(found[1])
    assert (await client.get(renewal, headers=PART)).status_code == 204
    await note(lane, order_id, "called", actor="user:ada")
    assert (await client.get(renewal, headers=PART)).status_code == 204
    await failed(lane, worker, STOCK)
    assert len(ids_in(await html_of(client, renewal, **PART))) == 2


def letter(error: str, minutes_ago: float = 1, round: int = 1) -> Letter:
    return Letter("1-1", round_ms(minutes_ago), error, round, 5, "kobe-1")


def round_ms(minutes_ago: float) -> int:
    return NOW_MS - int(minutes_ago * MINUTE)


SENTENCES = {
    "none": ([], 0, "No dead letters: nothing waits for a person."),
    "one": ([letter("E")], 1, "1 dead letter waits for a person, the newest failed %s ago."),
    "all alike": ([letter("E")] * 3, 3, "All 3 share one error, the newest failed %s ago."),
    "alike as far as was looked": ([letter("E")] * 3, 9, "3 of 9 share one error, the newest failed %s ago."),
    "most alike": (
        [letter("E"), letter("F"), letter("E")],
        3,
        "2 of 3 share one error, the newest failed %s ago.",
    ),
    "all different": (
        [letter("E"), letter("F")],
        2,
        "2 dead letters with 2 different errors, the newest failed %s ago.",
    ),
    "quiet": (
        [letter("E", 22), letter("E", 80)],
        2,
        "All 2 share one error, and nothing new has failed for %s.",
    ),
}


@pytest.mark.parametrize(("found", "number", "text"), SENTENCES.values(), ids=SENTENCES)
def test_one_sentence_tells_them_all(found: list[Letter], number: int, text: str) -> None:
    summary = summary_of(groups_of(found, NOW_MS), number, NOW_MS)
    assert summary.body + summary.rest == text


def test_a_group_knows_its_span_its_day_and_what_was_tried() -> None:
    [group] = groups_of([letter("E", 1), letter("E", 61), letter("E", 62, 2), letter("E", 60 * 30)], NOW_MS)
    assert (group.number, group.retried) == (4, 1)
    assert (group.newest.failed_ms, group.oldest_ms) == (round_ms(1), round_ms(60 * 30))
    assert group.bars == (*[0] * 22, 100, 50), "older than a day counts, and has no bar"
    assert HOUR * 24 < NOW_MS


VALUES = st.one_of(
    ANY_TEXT, NEARLY_IDS, st.integers().map(str), st.sampled_from(["letters", "requeue", "first"])
)
NAMES = st.sampled_from(["view", "error", "page", "deed", "orders", "behind", "rounds", "seen"])
PATHS = st.sampled_from(["/failed/", "/failed/preflight/", "/failed/chosen/"])


@EXAMPLES
@given(path=PATHS, query=st.dictionaries(NAMES, VALUES, max_size=5), is_part=st.booleans())
def test_garbage_in_the_address_is_no_fault(
    ask: Asker, path: str, query: dict[str, str], is_part: bool
) -> None:
    assert ask(f"{path}?{urlencode(query)}", is_part=is_part) in {200, 204}
