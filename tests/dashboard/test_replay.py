"""Snapshot before + frames == snapshot after, for every action, alone and in random company (I11)."""

import contextlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from dashboard import protocol, snapshots
from dashboard.protocol import Snapshot
from orderstream import conf
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, discard, requeue
from orderstream.streams.repairs import restore_or_adopt
from tests.dashboard.conftest import Watch
from tests.dashboard.watching import View, Watcher
from tests.orders import foreign_entry, placed_order
from tests.streams.scene import COMPLETED, REJECTED, Clock, Scene, retry_in
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("lane")


@pytest.fixture
async def scene(lane: Lane) -> Scene:
    """Workers on a clock of the test's own; the feed reads the same keys and takes the times as they are."""
    clock = Clock()
    scene = Scene(Lane(lane.client, lane.keys, clock=clock), clock)
    await scene.open("ann", "bob")
    return scene


@dataclass
class Stage:
    scene: Scene
    order_id: str = ""

    @property
    def lane(self) -> Lane:
        return self.scene.lane


async def nothing(stage: Stage) -> None:
    pass


async def place(stage: Stage) -> None:
    stage.order_id = await placed_order(stage.lane, customer_id="C-2")


async def begin(stage: Stage) -> None:
    await stage.scene.workers[0].take([stage.order_id])


async def finish_with(stage: Stage, outcome: Any) -> None:
    worker = stage.scene.workers[0]
    fence = int((await stage.scene.hash(stage.order_id))["fence"])
    await worker.finish({stage.order_id: fence}, outcome)


async def complete(stage: Stage) -> None:
    await finish_with(stage, COMPLETED)


async def retry(stage: Stage) -> None:
    await finish_with(stage, retry_in(10))


async def fail(stage: Stage) -> None:
    await finish_with(stage, REJECTED)


async def begin_again(stage: Stage) -> None:
    await stage.scene.pass_time(50)
    worker = stage.scene.workers[0]
    await worker.begun(await worker.promote())


async def release(stage: Stage) -> None:
    fence = int((await stage.scene.hash(stage.order_id))["fence"])
    await stage.scene.workers[0].deliveries.release([(stage.order_id, fence)])


async def sweep(stage: Stage) -> None:
    await stage.scene.dies(stage.scene.workers[0])
    await stage.scene.sweep([stage.order_id])


async def ask_to_cancel(stage: Stage) -> None:
    assert await cancel(stage.lane, [stage.order_id], actor="user:ann") == ["asked"]


async def cancel_waiting(stage: Stage) -> None:
    assert await cancel(stage.lane, [stage.order_id], actor="user:ann") == ["cancelled"]


async def send_back(stage: Stage) -> None:
    assert await requeue(stage.lane, [stage.order_id], actor="user:ann") == ["requeued"]


async def give_up(stage: Stage) -> None:
    assert await discard(stage.lane, [stage.order_id], actor="user:ann") == ["discarded"]


async def write_by_hand(stage: Stage) -> None:
    fields = {"customer_id": " C-9 ", "product_id": "P-9", "quantity": "3", "price": "2.50"}
    stage.order_id = await foreign_entry(stage.lane, fields)


async def write_nonsense(stage: Stage) -> None:
    fields = {"customer_id": b"\xff\xfe", "quantity": "many", "price": "1e999"}
    stage.order_id = await foreign_entry(stage.lane, fields)


async def write_a_price_beyond_numbers(stage: Stage) -> None:
    fields = {"customer_id": "C-9", "product_id": "P-9", "quantity": "3", "price": "9e999999"}
    stage.order_id = await foreign_entry(stage.lane, fields)


async def adopt(stage: Stage) -> None:
    await restore_or_adopt(stage.lane, [stage.order_id], actor="worker:ann")


async def write_and_adopt(stage: Stage) -> None:
    await write_by_hand(stage)
    await adopt(stage)


async def write_and_refuse(stage: Stage) -> None:
    await write_nonsense(stage)
    await adopt(stage)


async def price_beyond_numbers_and_refuse(stage: Stage) -> None:
    await write_a_price_beyond_numbers(stage)
    await adopt(stage)


Act = Callable[[Stage], Awaitable[None]]

ACTIONS: Mapping[str, tuple[list[Act], Act]] = {
    "place": ([], place),
    "begin": ([place], begin),
    "complete": ([place, begin], complete),
    "retry": ([place, begin], retry),
    "begin again": ([place, begin, retry], begin_again),
    "fail": ([place, begin], fail),
    "release": ([place, begin], release),
    "sweep": ([place, begin], sweep),
    "cancel a waiting one": ([place], cancel_waiting),
    "cancel a retrying one": ([place, begin, retry], cancel_waiting),
    "ask to cancel": ([place, begin], ask_to_cancel),
    "complete after asked": ([place, begin, ask_to_cancel], complete),
    "fail after asked": ([place, begin, ask_to_cancel], fail),
    "requeue": ([place, begin, fail], send_back),
    "discard": ([place, begin, fail], give_up),
    "adopt": ([write_by_hand], adopt),
    "refuse to adopt": ([write_nonsense], adopt),
    "write and adopt": ([], write_and_adopt),
    "write nonsense": ([], write_and_refuse),
    "refuse a price beyond numbers": ([write_a_price_beyond_numbers], adopt),
    "write a price beyond numbers": ([], price_beyond_numbers_and_refuse),
}


def shown(view: View) -> dict[str, Any]:
    return {"cursor": str(view.cursor), "orders": view.orders, "totals": view.figures["totals"]}


def truth(snapshot: Snapshot) -> dict[str, Any]:
    view = View()
    view.apply(json.loads(protocol.encode(snapshot)))
    return shown(view)


async def read(lane: Lane) -> dict[str, Any]:
    return truth(await snapshots.read(lane, conf.feed().rows))


async def assert_catches_up(watcher: Watcher, lane: Lane) -> None:
    after = await read(lane)
    await wait_until(lambda: watcher.view.figures["totals"] == after["totals"], 4)
    await wait_until(lambda: str(watcher.view.cursor) == after["cursor"], 4)
    assert shown(watcher.view) == after


@pytest.mark.parametrize("name", ACTIONS)
async def test_snapshot_before_and_frames_are_the_snapshot_after(
    name: str, scene: Scene, lane: Lane, watch: Watch
) -> None:
    before, act = ACTIONS[name]
    stage = Stage(scene)
    for step in before:
        await step(stage)
    first = await read(lane)
    watcher = await watch()
    assert shown(watcher.view) == first
    await act(stage)
    after = await read(lane)
    assert after["orders"] != first["orders"], "the action changed nothing, so that it proves nothing"
    await assert_catches_up(watcher, lane)
    assert watcher.types().count("snapshot") == 1, "frames brought it there"


FOLLOWING: Mapping[str | None, list[Act]] = {
    None: [place],
    "pending": [begin, begin, begin, cancel_waiting],
    "processing": [complete, complete, retry, fail, release, ask_to_cancel],
    "retrying": [cancel_waiting],
    "failed": [send_back, give_up],
}


@pytest.mark.parametrize("seed", range(8))
async def test_random_actions_are_followed_without_a_gap(
    seed: int, scene: Scene, lane: Lane, watch: Watch
) -> None:
    chance = random.Random(seed)
    watcher, stages = await watch(), [Stage(scene) for _ in range(70)]
    for _ in range(220):
        stage = chance.choice(stages)
        status = await scene.status(stage.order_id) if stage.order_id else None
        choices = FOLLOWING.get(status, [])
        if choices:
            with contextlib.suppress(AssertionError):  # not to be had now: parked, or asked already
                await chance.choice(choices)(stage)
    await assert_catches_up(watcher, lane)
    versions: dict[str, int] = {}
    for message in watcher.messages:
        for row in message.get("orders", ()):
            assert row["version"] >= versions.get(row["id"], 0), "a version went back"
            versions[row["id"]] = row["version"]
