"""Who went on with the orders of a lost worker is read from the log."""

from collections import Counter

from orderstream.domain.events import Event, EventType
from orderstream.streams.events_log import read_events
from orderstream.streams.lane import Lane
from tests.streams.scene import BACKOFF_MS, Clock, Scene
from workers.keeper.handovers import ORDERS_MOST, WORKERS_MOST, Handovers


async def folded(lane: Lane) -> Handovers:
    handovers = Handovers()
    for event in await read_events(lane, "0-0", 1_000):
        handovers.fold(event)
    return handovers


async def test_the_orders_of_a_lost_worker_are_followed_to_their_heirs(client, keys) -> None:
    clock = Clock()
    lane = Lane(client, keys, clock=clock)
    await lane.ensure_group()
    scene = Scene(lane, clock)
    await scene.open("ann", "bob", "cid")
    ann, bob, cid = scene.workers
    ids = await scene.placed(5)
    await ann.take(ids)
    await scene.dies(ann)
    await scene.sweep(ids)
    swept = (await folded(lane)).by_worker[ann.name]
    assert (swept.orders, swept.heirs) == (5, Counter())
    clock.advance(BACKOFF_MS)
    await bob.begun(ids[:2])
    await cid.begun(ids[2:3])
    handover = (await folded(lane)).by_worker[ann.name]
    assert handover.orders == 5
    assert handover.heirs == Counter({bob.name: 2, cid.name: 1})


def swept(order_id: str, worker: str) -> Event:
    fields = {"swept": worker, "error": "WorkerLost"}
    return Event("5-0", EventType.RETRIED, order_id, 3, "processing", "retrying", 5, "worker:x", fields)


def test_what_is_remembered_is_bounded() -> None:
    handovers = Handovers()
    for number in range(ORDERS_MOST + 500):
        handovers.fold(swept(f"{number}-0", f"w-{number}"))
    assert len(handovers.by_worker) == WORKERS_MOST
    assert len(handovers._on_the_way) == ORDERS_MOST


def test_a_retry_for_another_reason_is_no_handover() -> None:
    handovers = Handovers()
    handovers.fold(
        Event("5-0", EventType.RETRIED, "4-0", 3, "processing", "retrying", 5, "worker:x", {"error": "E"})
    )
    assert handovers.by_worker == {}
