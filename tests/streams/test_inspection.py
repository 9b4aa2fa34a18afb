"""What a stream, its groups and their consumers are, foreign ones too."""

import pytest

from orderstream.streams import inspection
from orderstream.streams.codec import id_ms
from orderstream.streams.inspection import (
    NoSuchGroup,
    StreamName,
    consumers,
    groups,
    stream_figures,
    written,
    written_per_second,
)
from orderstream.streams.lag import Lags
from orderstream.streams.lane import WAITING, Lane
from orderstream.streams.metrics import Sample, add_sample
from tests.orders import foreign_entry
from tests.streams.scene import LEASE_MS, Scene, retry_in

ORDERS, EVENTS, METRICS = StreamName


async def test_a_stream_says_how_long_it_is_and_what_it_weighs(scene: Scene) -> None:
    ids = await scene.placed(5)
    await scene.lose_entry(ids[0])
    figures = await stream_figures(scene.lane, ORDERS)
    assert (figures.key, figures.length, figures.added) == (scene.lane.keys.stream, 4, 5)
    assert (figures.first_id, figures.last_id) == (ids[1], ids[4])
    assert figures.memory_bytes is not None
    assert figures.memory_bytes > 100
    assert figures.groups == 1
    assert (await stream_figures(scene.lane, EVENTS)).added == 5


async def test_what_was_never_written_is_empty(lane: Lane) -> None:
    for name in (EVENTS, METRICS):
        figures = await stream_figures(lane, name)
        assert (figures.length, figures.added, figures.first_id, figures.last_id) == (0, 0, None, None)
        assert figures.memory_bytes is None
        assert await groups(lane, name, Lags()) == []
    assert await written(lane) == {"orders_written": 0}


async def test_the_rate_is_the_difference_of_the_samples(scene: Scene) -> None:
    now = scene.clock.now_ms
    for ago, count in ((9_000, 100), (4_000, 120), (1_000, 140)):
        await add_sample(scene.lane, Sample(now - ago, {"orders_written": count}))
    assert (await stream_figures(scene.lane, ORDERS)).written_per_second == 5.0
    assert (await stream_figures(scene.lane, EVENTS)).written_per_second is None
    assert (await stream_figures(scene.lane, METRICS)).written_per_second == 0.25


@pytest.mark.parametrize(
    "samples",
    [
        [],
        [Sample(99_000, {"orders_written": 1})],
        [Sample(10_000, {"orders_written": 1}), Sample(20_000, {"orders_written": 9})],
        [Sample(99_000, {"orders_written": 9}), Sample(99_500, {"orders_written": 1})],
        [Sample(99_500, {"orders_written": 1}), Sample(99_500, {"orders_written": 9})],
        [Sample(99_000, {}), Sample(99_500, {"orders_written": 9})],
    ],
    ids=["none", "one", "old", "came back empty", "no time between", "unknown then"],
)
def test_without_two_samples_of_now_the_rate_is_unknown(samples: list[Sample]) -> None:
    assert written_per_second(samples, ORDERS, 100_000) is None


async def test_a_group_says_what_it_holds_and_since_when(scene: Scene) -> None:
    ids = await scene.placed(3)
    await scene.workers[0].read(2)
    await scene.lane.client.xgroup_create(scene.lane.keys.stream, "warehouse", id=ids[0])
    ours, foreign = await groups(scene.lane, ORDERS, Lags())
    assert (ours.name, ours.consumers, ours.pending, ours.entries_read) == ("order_processors", 1, 2, 2)
    assert (ours.last_delivered_id, ours.oldest_pending_id) == (ids[1], ids[0])
    assert inspection.oldest_pending_ms(ours) == id_ms(ids[0])
    assert (foreign.name, foreign.consumers, foreign.pending) == ("warehouse", 0, 0)
    assert (foreign.entries_read, foreign.oldest_pending_id) == (None, None)


async def test_groups_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "GROUPS_MAX", 2)
    for name in ("a", "b"):
        await scene.lane.client.xgroup_create(scene.lane.keys.stream, name, id="0")
    assert len(await groups(scene.lane, ORDERS, Lags())) == 2


async def test_a_consumer_is_judged_by_its_beat_alone(scene: Scene) -> None:
    ann, bob = scene.workers
    ids = await scene.placed(4)
    await ann.read(2)
    await ann.finish(await ann.begun(ids[:1]), retry_in(60_000))
    await bob.read(1)
    await scene.lane.client.xreadgroup(scene.lane.group, "stranger", {scene.lane.keys.stream: ">"}, count=1)
    await scene.pass_time(LEASE_MS + 10, silent=[bob])
    found = {row.name: row for row in (await consumers(scene.lane, ORDERS, scene.lane.group)).shown}
    states = {"ann": "alive", "bob": "lost", WAITING: "waiting", "stranger": "foreign"}
    assert {name: row.state for name, row in found.items()} == states
    assert {name: row.pending for name, row in found.items()} == dict.fromkeys(states, 1)


async def test_only_newer_servers_say_since_when_a_consumer_got_nothing(scene: Scene) -> None:
    await scene.placed(1)
    await scene.workers[0].read()
    [row] = (await consumers(scene.lane, ORDERS, scene.lane.group)).shown
    is_known = (await scene.lane.client.info("server")).get("valkey_version") is not None
    assert (row.inactive_ms is not None) == is_known
    assert row.idle_ms >= 0


async def test_too_many_consumers_are_counted_not_listed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "CONSUMERS_MAX", 1)
    for name in ("a", "b"):
        await scene.lane.client.xgroup_createconsumer(scene.lane.keys.stream, scene.lane.group, name)
    found = await consumers(scene.lane, ORDERS, scene.lane.group)
    assert (found.shown, found.left_out) == ((), 2)


async def test_an_unknown_group_names_those_that_there_are(lane: Lane) -> None:
    with pytest.raises(NoSuchGroup) as found:
        await consumers(lane, ORDERS, "order_procesors")
    assert found.value.known == ["order_processors"]
    with pytest.raises(NoSuchGroup):
        await consumers(lane, EVENTS, "order_processors")


async def test_bytes_that_are_no_text_are_names_too(lane: Lane) -> None:
    await foreign_entry(lane, {"n": "1"})
    await lane.client.xgroup_create(lane.keys.stream, b"\xff\xfe", id="0")
    names = {row.name for row in await groups(lane, ORDERS, Lags())}
    assert "\udcff\udcfe" in names
    assert (await consumers(lane, ORDERS, "\udcff\udcfe")).shown == []
