"""Whichever lease is chosen, and when: no order is taken from a worker that beats whenever it can (I4)."""

import random

import pytest

from orderstream.streams.figures import set_control
from tests.streams.scene import ATTEMPTS, LEASE_MS, Scene

# As the rules and the worker have it: four beats in the shortest lease, and back soon after an outage.
BEAT_MS = LEASE_MS // 4
BACK_MS = LEASE_MS * 2 // 5
STEP_MS = 50
STEPS = 400
CHOICES = ("", LEASE_MS, 3 * LEASE_MS, 20 * LEASE_MS)


@pytest.mark.parametrize("seed", range(12))
async def test_no_lease_takes_an_order_from_a_worker_that_beats(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    ids = await scene.placed(len(scene.workers))
    for worker, order_id in zip(scene.workers, ids, strict=True):
        await worker.read(1)
        await worker.deliveries.begin([order_id], lease_ms=LEASE_MS, patience_ms=10**9, attempts=ATTEMPTS)
    beats_at = {worker.name: scene.clock.now_ms for worker in scene.workers}
    for _ in range(STEPS):
        scene.clock.advance(STEP_MS)
        if chance.random() < 0.05:
            await set_control(scene.lane, {"lease_ms": chance.choice(CHOICES)})
        if chance.random() < 0.03:  # Redis is away, for longer than some leases and not than others
            scene.clock.advance(chance.randint(1, 25) * LEASE_MS)
            if chance.random() < 0.3:
                await set_control(scene.lane, {"lease_ms": chance.choice(CHOICES)})
            beats_at = {name: scene.clock.now_ms + chance.randint(0, BACK_MS) for name in beats_at}
        for worker in scene.workers:
            if beats_at[worker.name] <= scene.clock.now_ms:
                await worker.beat()
                beats_at[worker.name] += BEAT_MS
                assert not {"swept", "parked"} & set(await scene.sweep(ids, bound_ms=LEASE_MS))
    assert [await scene.status(order_id) for order_id in ids] == ["processing"] * len(ids)
