"""`list_entries`: pages of ids and statuses, without what somebody else wrote into the entries."""

import pytest

from orderstream.streams.auditing import walks
from orderstream.streams.codec import LAST_ID
from orderstream.streams.orders_read import Listed, list_entries
from orderstream.streams.sweeping import Sweeper
from tests.orders import foreign_entry
from tests.streams.scene import ATTEMPTS, BACKOFF_MS, COMPLETED, LEASE_MS, Scene

BIG = "x" * 100_000


async def big_entries(scene: Scene, count: int) -> list[str]:
    return [await foreign_entry(scene.lane, {"what": BIG}) for _ in range(count)]


async def test_pages_together_are_all_entries_with_their_statuses(scene: Scene) -> None:
    ids = await scene.placed(23)
    ann = scene.workers[0]
    await ann.finish(await ann.take(ids[:1]), COMPLETED)
    found: list[tuple[str, str]] = []
    start, sizes = "-", []
    while start:
        page = await list_entries(scene.lane, start, 12)
        found += zip(page.ids, page.statuses, strict=True)
        sizes.append(len(page.ids))
        start = page.behind
    assert found == [(ids[0], "completed"), *((order_id, "pending") for order_id in ids[1:])]
    assert sizes == [12, 11]


async def test_a_page_that_is_just_full_may_be_followed_by_an_empty_one(scene: Scene) -> None:
    ids = await scene.placed(10)
    page = await list_entries(scene.lane, "-", 10)
    assert (page.ids, page.behind) == (ids, f"({ids[-1]}")
    assert await list_entries(scene.lane, page.behind, 10) == Listed([], [], "")


async def test_without_a_stream_there_is_nothing(scene: Scene) -> None:
    await scene.lane.command("DEL", scene.lane.keys.stream)
    assert await list_entries(scene.lane, "-", 10) == Listed([], [], "")
    await scene.lane.ensure_group()


async def test_a_status_that_cannot_be_read_is_none(scene: Scene) -> None:
    [order_id] = await scene.placed(1)
    key = scene.lane.keys.status(order_id)
    await scene.lane.command("RENAME", key, f"{key}:aside")
    missing = await list_entries(scene.lane, "-", 10)
    await scene.lane.command("SET", key, "no hash")
    broken = await list_entries(scene.lane, "-", 10)
    assert missing == broken == Listed([order_id], [""], "")
    await scene.lane.command("RENAME", f"{key}:aside", key)


async def test_nothing_lies_behind_the_last_id_that_there_can_be(scene: Scene) -> None:
    await foreign_entry(scene.lane, {"a": "b"}, LAST_ID)
    assert await list_entries(scene.lane, "-", 1) == Listed([LAST_ID], [""], "")
    await scene.lane.command("XDEL", scene.lane.keys.stream, LAST_ID)


async def test_a_page_of_large_entries_is_a_short_one(scene: Scene) -> None:
    ids = await big_entries(scene, 25)
    pages, start = [], "-"
    while start:
        page = await list_entries(scene.lane, start, 500)
        pages.append(page.ids)
        start = page.behind
    assert pages == [ids[:10], ids[10:20], ids[20:]]


async def sent_by_server(scene: Scene) -> int:
    return int((await scene.lane.client.info("stats"))["total_net_output_bytes"])


@pytest.mark.parametrize("who", ["audit", "sweeper"])
async def test_no_content_of_an_entry_is_sent_to_whoever_wants_its_id_only(scene: Scene, who: str) -> None:
    ids = await big_entries(scene, 30)
    sweeper = Sweeper(scene.lane, "worker:bob", LEASE_MS, ATTEMPTS, BACKOFF_MS)
    await sweeper.turn()  # it takes them in: from now on they are known
    before = await sent_by_server(scene)
    if who == "sweeper":
        assert sum((await sweeper.turn()).values()) == len(ids)
    else:
        place, picked = "", walks.Picked([], "more", 0)
        while picked.behind:
            picked = await walks.entries(scene.lane, place)
            place = picked.behind
        assert place == ""
    assert await sent_by_server(scene) - before < len(BIG)
