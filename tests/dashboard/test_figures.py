"""Figures and worker rows: what Redis says, in the wire's terms; unknown is null, never 0 (I7)."""

import json
from typing import Any

import pytest

from dashboard import lobby as lobbies
from dashboard import protocol, snapshots
from dashboard.figures import SILENCE_SECONDS, WORKERS_SHOWN, FiguresReader
from orderstream.streams import outlook as stored
from orderstream.streams import verdicts
from orderstream.streams.connection import AWAY
from orderstream.streams.deliveries import Begun, Deliveries
from orderstream.streams.figures import set_control
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import beat
from orderstream.streams.metrics import Sample, add_sample
from orderstream.streams.ranking import Place, Top, write_top
from tests.dashboard.conftest import Watch
from tests.orders import placed_order, placed_orders
from tests.streams.test_verdicts import WHOLE

DETAILS = {
    "host": "nara",
    "pid": 77,
    "started_at": "1700000000.250",
    "concurrency": 16,
    "in_flight": 3,
    "completed": 40,
    "failed": 2,
    "mode": "running",
    "p95_ms": 1900,
}


async def a_worker(lane: Lane, name: str, lease_ms: int = 10_000, **details: Any) -> None:
    await beat(lane, name, lease_ms=lease_ms, sweep_every_ms=0, fields=DETAILS | details)


async def figures(lane: Lane, reader: FiguresReader | None = None, at: float = 0.0) -> dict[str, Any]:
    reading = await (reader or FiguresReader()).read(lane, at)
    wire: dict[str, Any] = json.loads(json.dumps({"f": reading.figures, "w": reading.workers}, default=vars))
    return wire["f"] | {"workers": wire["w"]}


async def test_an_empty_stream_has_certain_zeros_and_unknowns(lane: Lane) -> None:
    seen = await figures(lane)
    assert set(seen["totals"].values()) == {0}
    assert (seen["lag"], seen["in_hand"], seen["waiting"]) == (0, 0, 0)
    assert seen["rates"] == {"placed": None, "completed": None, "failed": None}
    assert seen["oldest"] is seen["next_retry_at"] is seen["memory"] is seen["completed_15m"] is None
    assert seen["slots"] == {"used": 0, "all": 0}


async def test_an_unknown_lag_is_null(lane: Lane) -> None:
    ids = await placed_orders(lane, 3)
    await Deliveries(lane, "ann").read(lane.client, 1, block_ms=1)
    await lane.command("XDEL", lane.keys.stream, ids[1])
    assert (await figures(lane))["lag"] is None


async def test_without_a_group_its_figures_are_unknown(lane: Lane) -> None:
    await placed_order(lane)
    await lane.command("XGROUP", "DESTROY", lane.keys.stream, lane.group)
    seen = await figures(lane)
    assert (seen["lag"], seen["in_hand"], seen["waiting"], seen["oldest"]) == (None, None, None, None)
    assert seen["totals"]["pending"] == 1


async def test_what_workers_hold_is_apart_from_what_waits(lane: Lane) -> None:
    ids = await placed_orders(lane, 5)
    await a_worker(lane, "ann")
    ann = Deliveries(lane, "ann")
    await ann.read(lane.client, 3, block_ms=1)
    begun = await ann.begin(ids[:3], lease_ms=10_000, patience_ms=60_000, attempts=5)
    assert all(isinstance(each, Begun) for each in begun)
    await ann.release([(each.order_id, each.fence) for each in begun[:1] if isinstance(each, Begun)])
    seen = await figures(lane)
    assert (seen["lag"], seen["in_hand"], seen["waiting"]) == (2, 2, 1)
    assert seen["oldest"]["order_id"] == ids[0]
    assert seen["slots"] == {"used": 2, "all": 16}


@pytest.mark.parametrize(
    ("details", "lease_ms", "state"),
    [
        ({}, 10_000, "alive"),
        ({"mode": "paused"}, 10_000, "paused"),
        ({"mode": "draining"}, 10_000, "draining"),
        ({"mode": "running"}, 0, "lost"),
    ],
)
async def test_a_worker_is_shown_as_it_is(
    lane: Lane, details: dict[str, str], lease_ms: int, state: str
) -> None:
    await a_worker(lane, "nara-1", lease_ms, **details)
    (row,) = (await figures(lane))["workers"]
    assert (row["name"], row["state"]) == ("nara-1", state)
    if lease_ms:
        known = ("host", "pid", "concurrency", "completed", "failed", "started_at")
        assert [row[name] for name in known] == ["nara", 77, 16, 40, 2, 1_700_000_000_250]
        assert row["rate"] is None
        assert row["p95"] == 1.9


async def test_a_worker_that_completed_nothing_lately_has_no_p95(lane: Lane) -> None:
    await a_worker(lane, "nara-1", p95_ms="")
    assert (await figures(lane))["workers"][0]["p95"] is None


async def test_a_lost_worker_keeps_what_it_said_last(lane: Lane) -> None:
    reader = FiguresReader()
    await a_worker(lane, "nara-1")
    await figures(lane, reader)
    await lane.command("ZADD", lane.keys.workers, 1, "nara-1")
    await lane.command("DEL", lane.keys.worker("nara-1"))
    (row,) = (await figures(lane, reader))["workers"]
    assert (row["state"], row["host"], row["completed"], row["p95"]) == ("lost", "nara", 40, None)


async def test_rates_are_differences_of_counters(lane: Lane) -> None:
    reader = FiguresReader()
    await a_worker(lane, "nara-1", completed=40)
    await figures(lane, reader, 100.0)
    await placed_orders(lane, 8)
    await a_worker(lane, "nara-1", completed=46)
    seen = await figures(lane, reader, 102.0)
    assert seen["rates"] == {"placed": 4.0, "completed": 0.0, "failed": 0.0}
    assert seen["workers"][0]["rate"] == 3.0


async def test_what_only_the_keeper_knows_comes_from_its_last_sample(lane: Lane) -> None:
    now = await lane.now_ms()
    known = {f"{of}_{p}": 1.5 for of in ("waiting", "processing") for p in ("p50", "p95", "p99")}
    known |= {"memory_used": 1_000_000, "placed_per_second": 2.5, "completed": 0}
    await add_sample(lane, Sample(now, known))
    seen = await figures(lane)
    assert seen["waiting_time"] == seen["processing_time"] == {"p50": 1.5, "p95": 1.5, "p99": 1.5}
    assert seen["memory"] == {"used": 1_000_000, "limit": None, "is_growing": None, "full_in": None}
    assert seen["rates"]["placed"] == 2.5, "until two readings of our own exist"
    assert seen["completed_15m"] == 0
    assert seen["sample"] == {
        "at": now,
        "figures": {
            "placed_per_second": 2.5, "processing_p50": 1.5, "processing_p95": 1.5, "processing_p99": 1.5,
        },
    }  # fmt: skip


async def a_sample(lane: Lane, age_ms: int, figures: dict[str, float]) -> None:
    """With an entry as old as it says, as it would lie there."""
    at = await lane.now_ms() - age_ms
    flat = [word for item in figures.items() for word in item]
    await lane.command("XADD", lane.keys.metrics, f"{at}-0", "at", at, *flat)


async def test_what_completed_lately_is_counted_from_a_quarter_of_an_hour_ago(lane: Lane) -> None:
    await lane.client.hset(lane.keys.totals, mapping={"completed": 300, "n_completed_at_first": 290})
    await a_sample(lane, 20 * 60_000, {"completed": 10, "completed_at_first": 10})
    await a_sample(lane, 15 * 60_000 - 2_000, {"completed": 100, "completed_at_first": 98})
    await a_sample(lane, 0, {"completed": 300})
    seen = await figures(lane)
    assert (seen["completed_15m"], seen["first_15m"]) == (200, 0.96)


async def test_samples_of_another_version_hide_only_the_share_at_first(lane: Lane) -> None:
    await lane.client.hset(lane.keys.totals, mapping={"completed": 300, "n_completed_at_first": 5})
    await a_sample(lane, 15 * 60_000 - 2_000, {"completed": 100})
    await a_sample(lane, 0, {"completed": 300})
    seen = await figures(lane)
    assert (seen["completed_15m"], seen["first_15m"]) == (200, None)


@pytest.mark.parametrize(
    ("age", "before", "is_growing", "full_in"),
    [
        (50 * 60_000, 400e6, True, 15_000),
        (50 * 60_000, 500e6, False, None),
        (50 * 60_000, 600e6, False, None),
        (50 * 60_000, 499_990_000, True, None),
        (5 * 60_000, 400e6, None, None),
    ],
    ids=["growing", "the same", "shrinking", "for years", "too short a time"],
)
async def test_memory_says_how_long_it_lasts(
    lane: Lane, age: int, before: float, is_growing: bool | None, full_in: int | None
) -> None:
    await a_sample(lane, age, {"memory_used": before, "memory_limit": 1e9})
    await a_sample(lane, 0, {"memory_used": 500e6, "memory_limit": 1e9})
    expected = {"used": 500_000_000, "limit": 1_000_000_000, "is_growing": is_growing, "full_in": full_in}
    assert (await figures(lane))["memory"] == expected


async def test_what_the_keeper_judges_is_on_the_wire(lane: Lane) -> None:
    now = await lane.now_ms()
    lost = stored.Alarm("worker_lost", now - 9, "nara-2", orders=4, heirs=("kobe-2",), base=7)
    flow = stored.Flow("behind", now - 9, by=0.6, why="lost", worker="nara-2")
    await stored.write(lane, stored.Outlook(now, flow, (lost,)))
    seen = await figures(lane)
    assert seen["flow"] == {
        "kind": "behind", "since": now - 9, "by": 0.6, "until": None, "why": "lost", "worker": "nara-2",
    }  # fmt: skip
    (alarm,) = seen["alarms"]
    assert (alarm["kind"], alarm["since"], alarm["orders"], alarm["heirs"]) == (
        "worker_lost",
        now - 9,
        4,
        ["kobe-2"],
    )
    assert "base" not in alarm


async def test_an_old_outlook_says_only_that_nobody_keeps_it(lane: Lane) -> None:
    then = await lane.now_ms() - 20_000
    paused = stored.Alarm("paused", then)
    await stored.write(lane, stored.Outlook(then, stored.Flow("idle", then), (paused,)))
    reader = FiguresReader()
    seen = await figures(lane, reader, 100.0)
    assert (seen["flow"], seen["alarms"]) == (None, []), "after an outage it needs a moment"
    (alarm,) = (await figures(lane, reader, 100.0 + SILENCE_SECONDS))["alarms"]
    assert (alarm["kind"], alarm["since"]) == ("keeper_silent", then)
    await stored.write(lane, stored.Outlook(await lane.now_ms()))
    assert (await figures(lane, reader, 110.0))["alarms"] == []


async def test_the_verdict_of_the_audit_is_on_the_wire_however_old(lane: Lane) -> None:
    assert (await figures(lane))["verdict"] is None
    await verdicts.write(lane, WHOLE)
    seen = (await figures(lane))["verdict"]
    assert (seen["audited_to"], seen["since"], seen["share"]) == (WHOLE.audited_to_ms, WHOLE.begun_ms, None)
    assert (seen["lost"], seen["lost_ids"], seen["doubled"], seen["others"]) == (1, ["5-0"], 1, 2)
    assert seen["broken"][1] == {"invariant": "I6", "count": 2, "ids": ["5-0", "7-0"], "text": "gone"}
    assert (seen["put_back"], seen["unjudged"]) == (3, 9)


async def test_the_ranking_is_cut_to_what_the_board_shows(lane: Lane) -> None:
    places = tuple(Place(f"P-{n}", 20 - n, "4.15") for n in range(10))
    await write_top(lane, Top(5, 9, is_exact=True, missed=0, products_by_orders=places))
    ranking = (await figures(lane))["ranking"]
    assert (ranking["since"], ranking["until"], ranking["is_exact"]) == (5, 9, True)
    assert [place["name"] for place in ranking["products_by_orders"]] == ["P-0", "P-1", "P-2", "P-3", "P-4"]
    assert ranking["customers_by_amount"] == []


async def test_an_old_sample_says_nothing_of_now(lane: Lane) -> None:
    await add_sample(lane, Sample(await lane.now_ms() - 60_000, {"memory_used": 1_000_000}))
    assert (await figures(lane))["memory"] is None


async def test_a_pause_is_shown(lane: Lane) -> None:
    await set_control(lane, {"paused": 1})
    assert (await figures(lane))["paused"] is True


async def test_more_workers_than_a_frame_can_carry_are_cut_the_living_first(lane: Lane) -> None:
    for number in range(WORKERS_SHOWN + 5):
        await a_worker(lane, f"w-{number:03}", 0 if number % 50 == 0 else 10_000)
    rows = (await figures(lane))["workers"]
    assert len(rows) == WORKERS_SHOWN
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    assert sum(row["state"] == "lost" for row in rows) == 0


async def test_a_page_gets_the_same_picture_with_and_without_a_running_feed(lane: Lane, watch: Watch) -> None:
    await placed_orders(lane, 60)
    read = await snapshots.board()
    assert [row.id for row in read.orders] == sorted((row.id for row in read.orders), reverse=True)
    assert len(read.orders) == 50
    watcher = await watch()
    assert lobbies.here().feed is None, "this watcher sits in a lobby of its own"
    assert json.loads(protocol.encode(read))["orders"] == watcher.view.orders


async def test_a_page_takes_the_running_feeds_picture(
    lane: Lane, watch: Watch, lobby: lobbies.Lobby, monkeypatch: pytest.MonkeyPatch
) -> None:
    await placed_order(lane)
    watcher = await watch()
    monkeypatch.setattr(lobbies, "here", lambda: lobby)
    snapshot = await snapshots.board()
    assert json.loads(protocol.encode(snapshot))["orders"] == watcher.view.orders
    assert snapshot.figures is lobby.feed.picture.figures if lobby.feed else False


async def test_a_page_without_redis_learns_why(lane: Lane, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere.sock"
    with pytest.raises(AWAY):
        await snapshots.board()
