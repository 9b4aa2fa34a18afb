"""The beat: from a thread of its own, against a real server."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from structlog.testing import capture_logs

from orderstream.streams.connection import connect
from orderstream.streams.deliveries import Deliveries
from orderstream.streams.figures import group_figures, set_control
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Beat, beat
from orderstream.streams.orders_read import order as order_of
from tests.orders import placed_order
from tests.waiting import wait_until
from tests.workers.fakes import a_moment
from workers.liveness import Ears, Liveness, LoopWatch, Rhythm
from workers.reconnecting import Connectedness

RHYTHM = Rhythm(
    beat=timedelta(milliseconds=50),
    lease=timedelta(milliseconds=400),
    sweep_interval=timedelta(milliseconds=50),
    attempts=5,
    sweep_backoff=timedelta(milliseconds=10),
)


@asynccontextmanager
async def beating(
    url: str,
    keys: Keys,
    heard: list[Beat],
    *,
    orphaned: list[str] | None = None,
    parent: int | None = None,
    stop: Callable[[], None] = lambda: None,
    rhythm: Rhythm = RHYTHM,
) -> AsyncIterator[Liveness]:
    liveness = Liveness(
        "w-1",
        rhythm,
        lambda: Lane(connect(url), keys),
        Ears(
            lambda: {"mode": "running"}, heard.append, (orphaned if orphaned is not None else []).append, stop
        ),
        Connectedness(),
        parent=parent,
    )
    liveness.start()
    try:
        yield liveness
    finally:
        await liveness.stop()


async def alive_until(lane: Lane) -> float:
    return float(await lane.client.zscore(lane.keys.workers, "w-1") or 0)


async def test_each_beat_is_answered_and_heard_in_the_loop(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    async with beating(redis_url, lane.keys, heard):
        await wait_until(lambda: len(heard) >= 2)
        await set_control(lane, {"paused": 1})
        await wait_until(lambda: heard[-1].paused)
    assert await lane.client.hget(lane.keys.worker("w-1"), "mode") in {"running", None}


async def test_what_a_worker_is_asked_it_answers_before_the_next_beat(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    await set_control(lane, {"paused": 1})
    rare = replace(RHYTHM, beat=timedelta(minutes=1), lease=timedelta(minutes=4))
    async with beating(redis_url, lane.keys, heard, rhythm=rare):
        await wait_until(lambda: len(heard) == 2)


async def test_a_lease_for_all_counts_from_the_next_beat_until_it_is_withdrawn(
    lane: Lane, redis_url: str
) -> None:
    heard: list[Beat] = []
    with capture_logs() as logs:
        async with beating(redis_url, lane.keys, heard):
            await wait_until(lambda: heard)
            for given, lease_ms in ((60_000, 60_000), ("", RHYTHM.lease_ms)):
                await set_control(lane, {"lease_ms": given})
                await wait_until(lambda expected=lease_ms: heard[-1].lease_ms == expected)
                assert 0 < await alive_until(lane) - await lane.now_ms() <= lease_ms
    changes = [entry for entry in logs if entry["event"] == "lease changed"]
    assert [(entry["before"], entry["seconds"]) for entry in changes] == [(0.4, 60), (60, 0.4)]


async def test_a_lease_shorter_than_four_beats_is_kept_to_and_said_once(lane: Lane, redis_url: str) -> None:
    """It was chosen where beats are more frequent. Half a lease without any beat would be an outage (I16)."""
    heard: list[Beat] = []
    await set_control(lane, {"lease_ms": 400})
    rare = replace(RHYTHM, beat=timedelta(minutes=1), lease=timedelta(minutes=4))
    with capture_logs() as logs:
        async with beating(redis_url, lane.keys, heard, rhythm=rare):
            await wait_until(lambda: len(heard) >= 4)
    (said,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (said["every_seconds"], said["told_seconds"]) == (0.1, 60)


async def test_a_sweep_goes_by_the_lease_of_all(lane: Lane, redis_url: str) -> None:
    """What another one has read and not begun is taken from it after that lease, and no sooner."""
    await placed_order(lane)
    await beat(lane, "w-2", lease_ms=600_000, sweep_every_ms=10**9, fields={})
    await set_control(lane, {"lease_ms": 600_000})
    await Deliveries(lane, "w-2").read(lane.client, 1, None)
    heard: list[Beat] = []
    async with beating(redis_url, lane.keys, heard):
        await wait_until(lambda: sum(told.sweep_turn for told in heard) >= 20)
        assert (await group_figures(lane)).pending_by_worker == {"w-2": 1}


async def test_a_blocked_loop_does_not_silence_its_worker(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    async with beating(redis_url, lane.keys, heard):
        await wait_until(lambda: heard)
        before = await alive_until(lane)
        threading.Event().wait(0.5)  # longer than the lease, in the loop's own thread (I16)
        assert await alive_until(lane) > before + 300


async def test_no_beat_comes_after_the_stop(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    async with beating(redis_url, lane.keys, heard):
        await wait_until(lambda: heard)
    last = await alive_until(lane)
    await a_moment(0.2)
    assert await alive_until(lane) == last


async def test_whoever_has_the_turn_sweeps(lane: Lane, redis_url: str) -> None:
    order = await placed_order(lane)
    await lane.client.xreadgroup(lane.group, "gone", {lane.keys.stream: ">"})
    heard: list[Beat] = []

    async def is_parked() -> bool:
        return bool(await lane.client.zscore(lane.keys.retry, order))

    async with beating(redis_url, lane.keys, heard):
        await wait_until(is_parked)
    found = await order_of(lane, order)
    assert found is not None
    assert found.status == "pending"


async def test_a_stop_is_heard_though_the_loop_is_blocked(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    stopped = threading.Event()
    async with beating(redis_url, lane.keys, heard, stop=stopped.set):
        await wait_until(lambda: heard)
        await set_control(lane, {"asked:w-1": "stop"})
        assert stopped.wait(10)  # in the loop's own thread


async def test_a_worker_whose_supervisor_is_gone_says_so_once(lane: Lane, redis_url: str) -> None:
    heard: list[Beat] = []
    said: list[str] = []
    async with beating(redis_url, lane.keys, heard, orphaned=said, parent=1_000_000_000):
        await wait_until(lambda: len(heard) >= 3)
    assert said == ["its supervisor is gone"]


async def test_an_orphan_notices_even_while_redis_is_away(keys: Keys) -> None:
    said: list[str] = []
    async with beating("redis://127.0.0.1:1/0", keys, [], orphaned=said, parent=1_000_000_000):
        await wait_until(lambda: said == ["its supervisor is gone"])


async def test_a_loop_that_answers_is_never_called_stalled() -> None:
    watch = LoopWatch(asyncio.get_running_loop(), threading.get_ident())
    for _ in range(10):
        watch.ask()
        await a_moment(0.001)
    assert not watch.is_stalled
