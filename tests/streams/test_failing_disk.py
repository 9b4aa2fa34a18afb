"""A server that cannot save takes no writes: nothing is placed, and a known key is answered all the same."""

from collections.abc import Iterator

import pytest

from orderstream.streams.connection import DiskFails, is_refused
from orderstream.streams.placing import Answer, Placement, Replayed, forget_keys, place
from tests.orders import draft
from tests.servers import (
    FREE_FOLDER,
    SERVERS,
    debian_redis_binary,
    failing_disk,
    running,
    valkey_binary,
)
from tests.streams.scene import Scene

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with running(BINARIES[request.param](), *FREE_FOLDER) as url:
        yield url


@pytest.fixture
def redis_url(server: str) -> str:
    return server


async def placing(scene: Scene, *keys: str | None) -> list[Answer]:
    placements = [Placement(draft(), key, "s", "d") for key in keys]
    return await place(scene.lane, placements, actor="user:x", backlog_limit=0, key_ttl=None)


async def test_nothing_is_placed_and_a_known_key_is_answered(scene: Scene, redis_url: str) -> None:
    [first] = await placing(scene, "a")
    with failing_disk(redis_url):
        for keys in ([None], ["b"], ["a", "b"]):
            with pytest.raises(DiskFails) as refusal:
                await placing(scene, *keys)
            assert is_refused(refusal.value)
        assert await placing(scene, "a") == [Replayed(str(first.order_id))]
        with pytest.raises(DiskFails):
            await forget_keys(scene.lane, "s", ["a"])
    assert (await scene.totals())["n_placed"] == 1
    assert isinstance((await placing(scene, "b"))[0].order_id, str)
