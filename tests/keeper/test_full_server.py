"""A keeper on a full server goes on telling, and what it tells is that the server is full."""

from collections.abc import Iterator

import pytest
from redis.asyncio import Redis

from dashboard.figures import FiguresReader
from orderstream.streams.lane import Lane
from orderstream.streams.metrics import samples
from tests.orders import placed_orders
from tests.servers import SERVERS, debian_redis_binary, running, valkey_binary
from tests.waiting import wait_until
from workers.keeper.auditing import Auditing
from workers.keeper.fullness import Fullness
from workers.keeper.handovers import Handovers
from workers.keeper.keeper import Term
from workers.keeper.sampler import Sampler
from workers.keeper.watch import Watch

BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}


@pytest.fixture(params=SERVERS)
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that may be filled without disturbing other tests."""
    with running(BINARIES[request.param]()) as url:
        yield url


async def test_boards_learn_that_memory_is_full_and_not_that_no_keeper_runs(
    lane: Lane, client: Redis
) -> None:
    ids = await placed_orders(lane, 3)
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory", used // 2)
    auditing = Auditing()
    duties = (Fullness(), Sampler(), auditing, Watch(Handovers(), auditing))

    async def judged() -> bool:
        for duty in duties:
            await duty.turn(Term(lane, 1))
        return auditing.verdict is not None

    await wait_until(judged)
    now_ms = await lane.now_ms()
    seen = (await FiguresReader().read(lane, 0.0)).figures
    assert [(alarm.kind, alarm.is_full) for alarm in seen.alarms] == [("memory", True)]
    assert seen.verdict is not None
    assert now_ms - (seen.verdict.audited_to or 0) < 15_000
    assert seen.memory is not None
    assert seen.totals is not None
    assert seen.totals.pending == len(ids)
    assert await samples(lane, 0, now_ms, 100)
