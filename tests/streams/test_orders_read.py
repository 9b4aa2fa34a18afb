"""Reading orders: entry and latest status in one, newest first, page by page."""

from datetime import timedelta
from decimal import Decimal

import pytest

from orderstream.streams import orders_read
from orderstream.streams.codec import Unreadable, id_ms, moment
from tests.orders import foreign_entry, placed_order
from tests.streams.scene import REJECTED, Scene


async def test_an_order_is_its_entry_and_its_latest_status(scene: Scene) -> None:
    ann = scene.workers[0]
    order_id = await placed_order(scene.lane, note="n", price=Decimal("0.10"))
    await ann.finish(await ann.take([order_id]), REJECTED)
    order = await orders_read.order(scene.lane, order_id)
    assert order is not None
    assert order.entry == {
        "customer_id": "C-1",
        "product_id": "P-1",
        "quantity": "2",
        "price": "0.10",
        "note": "n",
    }
    assert (order.status, order.version, order.attempt, order.round) == ("failed", 3, 1, 1)
    assert (order.worker_id, order.error) == ("ann", "BadOrder")
    assert order.processed_at_ms == scene.clock.now_ms


async def test_an_order_that_is_not_there_is_none(scene: Scene) -> None:
    assert await orders_read.order(scene.lane, "5-5") is None
    assert await orders_read.by_ids(scene.lane, []) == {}


async def test_an_entry_that_nobody_adopted_yet_is_shown_all_the_same(scene: Scene) -> None:
    order_id = await foreign_entry(scene.lane, {"customer_id": "C"})
    order = await orders_read.order(scene.lane, order_id)
    assert order is not None
    assert (order.status, order.version) == ("pending", 0)


async def test_pages_go_from_the_newest_to_the_oldest_without_a_gap(scene: Scene) -> None:
    ids = await scene.placed(5)
    seen, cursor, pages = [], None, 0
    while cursor or not pages:
        page = await orders_read.orders(scene.lane, limit=2, cursor=cursor)
        seen += [order.id for order in page.orders]
        cursor, pages = page.next_cursor, pages + 1
    assert seen == ids[::-1]
    assert pages == 3
    assert [order.id for order in await orders_read.newest(scene.lane, 2)] == ids[:2:-1]


async def test_a_page_that_ends_with_the_last_order_has_no_successor(scene: Scene) -> None:
    await scene.placed(2)
    assert (await orders_read.orders(scene.lane, limit=2)).next_cursor is None


async def test_a_span_is_given_by_ids_or_by_moments(scene: Scene) -> None:
    ids = ["1000-0", "2000-0", "2000-1", "3000-0"]
    for order_id in ids:
        await foreign_entry(scene.lane, {"a": "b"}, order_id)

    async def span(since: orders_read.Boundary, until: orders_read.Boundary) -> list[str]:
        return [order.id for order in (await orders_read.orders(scene.lane, since, until)).orders]

    assert await span("2000-1", None) == ["3000-0", "2000-1"]
    assert await span(moment(2000), moment(2000)) == ["2000-1", "2000-0"]
    assert await span(None, moment(id_ms("1000-0"))) == ["1000-0"]
    assert await span(moment(0), moment(3000) - timedelta(milliseconds=1)) == ids[2::-1]


@pytest.mark.parametrize(
    "garbage",
    [
        {"status": "shipped"},
        {"attempt": "many"},
        {"processed_at": "inf"},
        {"created_at": "-5"},
        {"next_attempt_at": "1e300"},
        {},
    ],
)
async def test_a_status_that_is_not_ours_takes_only_its_own_order_out_of_a_list(
    scene: Scene, garbage: dict[str, str]
) -> None:
    ids = await scene.placed(3)
    kept, key = await scene.hash(ids[1]), scene.lane.keys.status(ids[1])
    if garbage:
        await scene.lane.client.hset(key, mapping=garbage)
    else:
        await scene.lane.client.set(key, "no hash at all")
    assert [order.id for order in await orders_read.newest(scene.lane, 5)] == [ids[2], ids[0]]
    assert set(await orders_read.by_ids(scene.lane, ids)) == {ids[0], ids[2]}
    assert await orders_read.order(scene.lane, ids[0]) is not None
    with pytest.raises(Unreadable, match=ids[1]):
        await orders_read.order(scene.lane, ids[1])
    await scene.lane.client.delete(key)
    await scene.lane.client.hset(key, mapping=kept)
