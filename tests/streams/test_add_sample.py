"""`add_sample`: a sample is kept whole, on a full server too."""

from redis import Redis

from orderstream.streams.metrics import Sample, add_sample, newest_sample
from tests.streams.scene import Scene


async def test_a_full_server_is_measured(scene: Scene, fill: Redis) -> None:
    fill.config_set("maxmemory", 1)
    sample = Sample(scene.clock.now_ms, {"memory_used": 9.0, "memory_limit": 1.0})
    await add_sample(scene.lane, sample)
    assert await newest_sample(scene.lane) == sample
