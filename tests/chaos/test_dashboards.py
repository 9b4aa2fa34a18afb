"""The dashboards of a run, on a real web process: they converge, come in storms, and hostile ones end."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from orderstream.streams.lane import Lane
from tests.chaos.dashboards import watching
from tests.chaos.views import Truth
from tests.dashboard.daphne import running_web
from tests.orders import placed_orders
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(90)]


@pytest.fixture
def world(redis_url: str, namespace: str) -> Iterator[Any]:
    with running_web(redis_url, namespace) as web:
        yield SimpleNamespace(web_urls=(f"http://127.0.0.1:{web.port}",), session=web.session)


async def truth(lane: Lane) -> Truth:
    ids = [row[0] for row in await lane.client.xrange(lane.keys.stream)]
    hashes = await lane.commands([("HGETALL", lane.keys.status(i)) for i in ids])
    totals = {name: int(n) for name, n in (await lane.client.hgetall(lane.keys.totals)).items()}
    return Truth.of(dict(zip(ids, hashes, strict=True)), totals, lag=len(ids))


async def test_all_show_the_truth_also_after_a_storm_and_say_when_they_do_not(world: Any, lane: Lane) -> None:
    async with watching(world, 3) as dashboards:
        await wait_until(lambda: all(view.messages for view in dashboards.views))
        await placed_orders(lane, 60)
        assert await dashboards.converged(await truth(lane), within=10) == 3
        assert await dashboards.storm(20) == 20
        await placed_orders(lane, 5)
        other = await truth(lane)
        assert await dashboards.converged(other, within=10) == 3
        assert dashboards.backwards == dashboards.unbalanced == dashboards.broken == []
        missing = replace(other, totals={**other.totals, "pending": 64})
        assert await dashboards.converged(missing, within=0.1) == 0
        assert await dashboards.converged(replace(other, lag=64), within=0.1) == 0


async def test_who_chatters_is_closed_soon_and_who_is_silent_after_half_a_minute(
    world: Any, lane: Lane
) -> None:
    await placed_orders(lane, 1)
    async with watching(world, 0) as dashboards:
        assert await dashboards.chatter(2, seconds=8) == (2, 2)
        assert await dashboards.silent(2, seconds=1) == (2, 0)
        assert await dashboards.silent(2, seconds=45) == (2, 2)
        world.web_urls = ("http://127.0.0.1:1",)
        assert await dashboards.silent(2, seconds=1) == (0, 0)
