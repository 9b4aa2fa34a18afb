"""A client that comes back with its cursor gets what it missed, or the whole where that cannot be told."""

import json

import pytest

from dashboard import protocol, snapshots
from dashboard.cursors import Cursor
from dashboard.lobby import Lobby
from orderstream import conf
from orderstream.streams.events_log import last_cursor, read_events
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from tests.dashboard.conftest import Watch
from tests.dashboard.watching import View, Watcher
from tests.orders import placed_order, placed_orders


async def the_truth(lane: Lane) -> View:
    view = View()
    view.apply(json.loads(protocol.encode(await snapshots.read(lane, conf.feed().rows))))
    return view


async def come_back(lobby: Lobby, view: View) -> Watcher:
    """A new socket of a page that still shows `view`."""
    watcher = Watcher(lobby)
    watcher.view = view
    return await watcher.enter(str(view.cursor))


@pytest.mark.parametrize("stays", [True, False], ids=["the feed ran on", "the feed is new"])
async def test_from_every_cursor_the_missed_is_told_in_one_frame(
    stays: bool, lane: Lane, lobby: Lobby, watch: Watch
) -> None:
    if stays:
        await watch()
    views = [await the_truth(lane)]
    ids: list[str] = []
    for number in range(12):
        ids.append(await placed_order(lane))
        views.append(await the_truth(lane))
        if number % 3 == 2:
            await cancel(lane, [ids[number - 2]], actor="user:ann")
            views.append(await the_truth(lane))
    truth = await the_truth(lane)
    for view in views[1:]:
        missed = [e.order_id for e in await read_events(lane, str(view.cursor), 100)]
        back = await come_back(lobby, view)
        await back.sees(lambda v: v.cursor == truth.cursor)
        assert back.view.orders == truth.orders
        assert set(back.types()) == {"frame"}
        assert {row["id"] for m in back.messages for row in m["orders"]} == set(missed)
        await back.sees(lambda v: v.figures["totals"] == truth.figures["totals"])
        await back.leave()


async def test_a_client_without_a_cursor_or_with_the_very_first_gets_the_whole(
    lane: Lane, watch: Watch
) -> None:
    await placed_order(lane)
    assert (await watch(None)).types() == ["snapshot"]
    assert (await watch("0-0")).types() == ["snapshot"]


async def test_a_trimmed_cursor_gets_the_whole(lane: Lane, watch: Watch) -> None:
    await placed_order(lane)
    cursor = await last_cursor(lane)
    await placed_orders(lane, 5)
    await lane.command("XTRIM", lane.keys.events, "MAXLEN", 2)
    assert (await watch(cursor)).types() == ["snapshot"]


async def test_a_cursor_beyond_the_end_of_the_log_gets_the_whole(lane: Lane, watch: Watch) -> None:
    await placed_order(lane)
    beyond = Cursor.parse(await last_cursor(lane))
    assert (await watch(str(Cursor(beyond.ms + 60_000, 0)))).types() == ["snapshot"]


async def test_who_missed_more_than_the_board_holds_gets_the_whole(lane: Lane, watch: Watch) -> None:
    await placed_order(lane)
    cursor = await last_cursor(lane)
    await placed_orders(lane, 60)
    assert (await watch(cursor)).types() == ["snapshot"]


async def test_who_missed_very_much_gets_the_whole(lane: Lane, watch: Watch) -> None:
    ids = await placed_orders(lane, 5)
    cursor = await last_cursor(lane)
    for _ in range(6):
        await placed_orders(lane, 100)
    watcher = await watch(cursor)
    assert watcher.types() == ["snapshot"]
    assert watcher.view.status_of(ids[0]) is None


async def test_a_client_ahead_of_this_process_waits_for_it_and_is_not_taken_back(
    lane: Lane, lobby: Lobby, watch: Watch
) -> None:
    first = await watch()
    order_id = await placed_order(lane)
    ahead = await the_truth(lane)  # another process has read on; ours may not have yet
    back = await come_back(lobby, ahead)
    later = await placed_order(lane)
    await back.sees(lambda view: view.status_of(later) is not None)
    await first.sees(lambda view: view.status_of(order_id) is not None)
    assert "snapshot" not in back.types()
    await back.leave()
