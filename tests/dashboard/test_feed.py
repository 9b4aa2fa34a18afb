"""One tailer for all sockets: what they get, and that nothing stays behind."""

import asyncio

from redis.asyncio import Redis

from dashboard.lobby import Lobby
from dashboard.protocol import CLOSE_BROKEN
from orderstream.streams.events_log import last_cursor
from orderstream.streams.lane import Lane
from tests.dashboard.conftest import Watch
from tests.dashboard.watching import Watcher
from tests.orders import placed_order, placed_orders
from tests.waiting import wait_until


async def test_a_new_socket_gets_the_whole_picture(lane: Lane, watch: Watch) -> None:
    order_id = await placed_order(lane, customer_id="森本商店")
    watcher = await watch()
    assert watcher.types()[0] == "snapshot"
    row = watcher.view.orders[0]
    assert (row["id"], row["version"], row["status"]) == (order_id, 1, "pending")
    assert (row["customer_id"], row["price"], row["amount"]) == ("森本商店", "4.15", "8.30")
    assert watcher.view.figures["totals"]["pending"] == 1
    assert watcher.view.figures["lag"] == 1
    assert watcher.view.figures["redis"] == "ok"


async def test_an_order_placed_elsewhere_shows_in_a_frame(lane: Lane, watch: Watch) -> None:
    watcher = await watch()
    order_id = await placed_order(lane)
    await watcher.sees(lambda view: view.status_of(order_id) == "pending")
    assert set(watcher.types()[1:]) == {"frame"}


async def test_a_socket_hears_something_though_nothing_changes(lane: Lane, watch: Watch) -> None:
    """A browser takes ten seconds of silence for a broken connection."""
    watcher = await watch()
    heard = len(watcher.texts)
    await wait_until(lambda: len(watcher.texts) >= heard + 3, timeout=8)
    assert watcher.view.figures["totals"]["placed"] == 0


async def test_two_sockets_share_one_tailer_and_one_encoding(lane: Lane, watch: Watch, client: Redis) -> None:
    first, second = await watch(), await watch()
    order_id = await placed_order(lane)
    for watcher in (first, second):
        await watcher.sees(lambda view: view.status_of(order_id) is not None)
    frames = [[t for t in watcher.texts if order_id in t] for watcher in (first, second)]
    assert frames[0][0] is frames[1][0], "the same text object: encoded once"
    assert len(await readers_of(client, lane)) == 1


async def test_the_feed_ends_with_its_last_socket(lane: Lane, lobby: Lobby, client: Redis) -> None:
    first, second = Watcher(lobby), Watcher(lobby)
    await first.enter()
    await second.enter()
    await wait_until(lambda: readers_of(client, lane))
    await first.leave()
    assert lobby.feed is not None
    await second.leave()
    assert lobby.feed is None
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("feed")]
    await wait_until(lambda: has_no_readers(client, lane))


async def test_a_socket_that_opens_while_another_closes_gets_a_feed(lane: Lane, lobby: Lobby) -> None:
    for _ in range(5):
        first, second = Watcher(lobby), Watcher(lobby)
        await first.enter()
        await asyncio.gather(first.leave(), second.enter())
        assert second.types() == ["snapshot"]
        await second.leave()
        assert lobby.feed is None


async def test_a_socket_still_being_welcomed_keeps_the_feed(lane: Lane, lobby: Lobby) -> None:
    await placed_order(lane)
    cursor = await last_cursor(lane)
    await placed_order(lane)
    first, second = Watcher(lobby), Watcher(lobby)
    await first.enter()
    await asyncio.gather(second.enter(cursor), first.leave())
    order_id = await placed_order(lane)
    await second.sees(lambda view: view.status_of(order_id) is not None)
    await second.leave()


async def test_a_fault_of_the_feed_closes_its_sockets_and_the_next_gets_another(
    lane: Lane, lobby: Lobby
) -> None:
    async def fault() -> None:
        raise ZeroDivisionError

    first, second = Watcher(lobby), Watcher(lobby)
    await first.enter()
    broken = lobby.feed
    assert broken is not None
    task = asyncio.create_task(fault(), name="feed fault")
    await asyncio.wait([task])
    broken._ended(task)
    await wait_until(lambda: first.closed == CLOSE_BROKEN)
    await second.enter()
    assert lobby.feed is not broken
    order_id = await placed_order(lane)
    await second.sees(lambda view: view.status_of(order_id) is not None)
    await first.leave()
    assert lobby.feed is not None
    await second.leave()


async def test_frames_come_at_most_ten_times_a_second(lane: Lane, watch: Watch) -> None:
    watcher = await watch()
    loop = asyncio.get_running_loop()
    start = loop.time()
    while loop.time() - start < 1.5:
        await placed_order(lane)
    frames = [m for m in watcher.messages if m["type"] == "frame"]
    assert 5 < len(frames) <= 1 + 10 * (loop.time() - start)


async def test_only_the_newest_orders_are_shown_and_the_rest_counted(lane: Lane, watch: Watch) -> None:
    watcher = await watch()
    ids = await placed_orders(lane, 120)
    await watcher.sees(lambda view: view.status_of(ids[-1]) is not None)
    assert [row["id"] for row in watcher.view.orders] == ids[:-51:-1]
    assert sum(m.get("left_out", 0) for m in watcher.messages) == 70


async def readers_of(client: Redis, lane: Lane) -> list[dict[str, str]]:
    """Connections of this test's tailer that wait for events."""
    return [c for c in await client.client_list() if c["cmd"] == "xread"]


async def has_no_readers(client: Redis, lane: Lane) -> bool:
    return not await readers_of(client, lane)
