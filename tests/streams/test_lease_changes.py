"""Whichever lease is chosen, and when: no order is taken from a worker that beats whenever it can (I4)."""

import random

import pytest

from orderstream.streams.figures import set_control
from tests.streams.scene import ATTEMPTS, LEASE_MS, Scene, Worker

# As the rules and the worker have it: four beats in the shortest lease, and back soon after an outage.
BEAT_MS = LEASE_MS // 4
BACK_MS = LEASE_MS * 2 // 5
STEP_MS = 100
STEPS = 400
CHOICES = ("", LEASE_MS, 3 * LEASE_MS, 8 * LEASE_MS)
# Of an outage, at a step after none and after a change: that it was told to some alone is half of the matter.
OUTAGE, OUTAGE_AFTER_CHANGE = 0.02, 0.3


async def begin(worker: Worker, order_id: str) -> None:
    """A beat too, in whatever moment of a change; of what the worker has begun it makes no second attempt."""
    await worker.deliveries.begin([order_id], lease_ms=LEASE_MS, patience_ms=10**9, attempts=ATTEMPTS)


@pytest.mark.parametrize("seed", range(12))
async def test_no_lease_takes_an_order_from_a_worker_that_beats(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)

    async def change(probability: float) -> bool:
        is_changed = chance.random() < probability
        if is_changed:
            await set_control(scene.lane, {"lease_ms": chance.choice(CHOICES)})
        return is_changed

    ids = await scene.placed(len(scene.workers))
    for worker, order_id in zip(scene.workers, ids, strict=True):
        await worker.read(1)
        await begin(worker, order_id)
    beats_at = {worker.name: scene.clock.now_ms for worker in scene.workers}
    is_changed = False
    for _ in range(STEPS):
        scene.clock.advance(STEP_MS)
        if chance.random() < (OUTAGE_AFTER_CHANGE if is_changed else OUTAGE):
            # Redis is away, for longer than some leases and not than others.
            scene.clock.advance(chance.randint(1, chance.choice((3, 3, 3, 12))) * LEASE_MS)
            await change(0.3)
            beats_at = {name: scene.clock.now_ms + chance.randint(0, BACK_MS) for name in beats_at}
        is_changed = await change(0.006)
        for worker, order_id in zip(scene.workers, ids, strict=True):
            if chance.random() < 0.2:
                await begin(worker, order_id)
            if beats_at[worker.name] <= scene.clock.now_ms:
                await worker.beat()
                beats_at[worker.name] += BEAT_MS
                assert not {"swept", "parked"} & set(await scene.sweep(ids, bound_ms=LEASE_MS))
    assert [await scene.status(order_id) for order_id in ids] == ["processing"] * len(ids)
