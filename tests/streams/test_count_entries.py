"""`count_entries`, and the lags that are counted with it where the server knows none (I7)."""

import pytest

from orderstream.streams import lag
from orderstream.streams.inspection import StreamName, groups
from orderstream.streams.lag import Lag, Lags
from orderstream.streams.lane import Lane
from tests.orders import foreign_entry
from tests.streams.scene import Scene


async def lag_of(lane: Lane, group: str, lags: Lags | None = None) -> Lag:
    rows = await groups(lane, StreamName.ORDERS, (lags or Lags()).begin())
    return next(row.lag for row in rows if row.name == group)


async def foreign_group(lane: Lane, name: str, start: str) -> str:
    """Redis knows no lag of a group that begins somewhere in the middle."""
    await lane.client.xgroup_create(lane.keys.stream, name, id=start)
    return name


async def test_pages_together_are_everything_up_to_the_end(scene: Scene) -> None:
    ids = await scene.placed(7)
    stream = scene.lane.keys.stream
    found, start, pages = 0, f"({ids[0]}", 0
    while start:
        count, start = await scene.lane.run("count_entries", keys=[stream], args=[start, ids[5], 2])
        found += count
        pages += 1
    assert (found, pages) == (5, 3)


async def test_a_small_lag_of_the_server_is_counted_too(scene: Scene) -> None:
    await scene.placed(3)
    await scene.workers[0].read(1)
    assert await lag_of(scene.lane, scene.lane.group) == Lag(2, "server", lag.CONFIRMED)


async def test_a_large_lag_of_the_server_is_believed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag, "_CHECKED", 2)
    await scene.placed(3)
    assert await lag_of(scene.lane, scene.lane.group) == Lag(3, "server", lag.SERVER)


async def test_where_the_server_knows_none_it_is_counted(scene: Scene) -> None:
    ids = await scene.placed(7)
    group = await foreign_group(scene.lane, "warehouse", ids[2])
    assert await lag_of(scene.lane, group) == Lag(4, "counted", lag.COUNTED)


async def test_a_removed_entry_ahead_makes_it_counted(scene: Scene) -> None:
    ids = await scene.placed(5)
    await scene.workers[0].read(1)
    await scene.lose_entry(ids[3])
    assert (await lag_of(scene.lane, scene.lane.group)).count == 3


async def test_a_wrong_lag_of_the_server_is_corrected(lane: Lane) -> None:
    """`ENTRIESREAD` takes whatever it is told."""
    ids = [await foreign_entry(lane, {"n": str(n)}) for n in range(4)]
    group = await foreign_group(lane, "told", "0")
    await lane.command("XGROUP", "SETID", lane.keys.stream, group, ids[0], "ENTRIESREAD", 3)
    found = await lag_of(lane, group)
    assert (found.count, found.source, found.params) == (3, "counted", {"server": 1})


@pytest.mark.parametrize(
    ("bound", "value"), [("COUNTED_MAX", 4), ("PATIENCE_SECONDS", 0.0), ("READING_SECONDS", 0.0)]
)
async def test_too_many_to_count_are_unknown_and_never_0(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, bound: str, value: float
) -> None:
    monkeypatch.setattr(lag, "_PAGE", 2)
    monkeypatch.setattr(lag, bound, value)
    ids = await scene.placed(9)
    group = await foreign_group(scene.lane, "shadow", ids[1])
    found = await lag_of(scene.lane, group)
    assert (found.count, found.source, found.reason) == (None, "unknown", lag.TOO_MANY)
    assert found.at_least is not None
    assert 2 <= found.at_least < 7


async def test_a_long_count_is_not_made_again_for_everybody(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag, "_PAGE", 2)
    ids = await scene.placed(5)
    group = await foreign_group(scene.lane, "shadow", ids[1])
    lags = Lags()
    assert (await lag_of(scene.lane, group, lags)).count == 3
    await scene.placed(1)
    assert (await lag_of(scene.lane, group, lags)).count == 3
    monkeypatch.setattr(lag, "_KEPT_SECONDS", 0.0)
    assert (await lag_of(scene.lane, group, lags)).count == 4


async def test_a_group_that_is_handed_more_has_another_lag_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag, "_PAGE", 2)
    ids = await scene.placed(6)
    group, lags = await foreign_group(scene.lane, "shadow", ids[1]), Lags()
    assert (await lag_of(scene.lane, group, lags)).count == 4
    await scene.lane.client.xreadgroup(group, "them", {scene.lane.keys.stream: ">"}, count=2)
    assert (await lag_of(scene.lane, group, lags)).count == 2
