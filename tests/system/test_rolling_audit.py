"""A keeper process audits while workers work: damage is named within seconds, and sound orders never are."""

import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from dashboard.figures import FiguresReader
from dashboard.judgements import Alarm
from dashboard.judgements import Verdict as Shown
from orderstream.streams import verdicts
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel, requeue
from orderstream.streams.verdicts import Verdict
from tests.auditor.test_audit_orders import Auditor, auditor, database  # noqa: F401 # fixtures
from tests.orders import placed_order
from tests.stack.commands import Command
from tests.system.worker_processes import Worker, all_completed
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(150)]
SHAKY = "tests.system.handlers.shaky"
SOON = 30
"""Seconds: a few, and more for a machine that runs ten times as much as it can."""


@pytest.fixture
async def keeper(redis_url: str, namespace: str, tmp_path: Path) -> AsyncIterator[Command]:
    environment = {**os.environ, "REDIS_URL": redis_url, "ORDERSTREAM_KEY_PREFIX": namespace}
    keeper = Command(tmp_path / "keeper", environment, "runkeeper")
    yield keeper
    keeper.kill()
    assert "a duty fails" not in keeper.text


@pytest.fixture
def work(redis_url: str, namespace: str) -> Iterator[Callable[[str], Worker]]:
    started: list[Worker] = []

    def one(name: str) -> Worker:
        started.append(Worker(redis_url, namespace, "--name", name, ORDERSTREAM_HANDLER=SHAKY))
        return started[-1]

    yield one
    for worker in started:
        print(worker.close())  # noqa: T201 shown when the test has failed


async def shown(lane: Lane) -> tuple[Shown | None, tuple[Alarm, ...]]:
    """As a board reads it."""
    figures = (await FiguresReader().read(lane, time.monotonic())).figures
    return figures.verdict, figures.alarms


async def until(lane: Lane, is_so: Callable[[Shown], object]) -> Shown:
    async def verdict() -> Shown | None:
        found, _alarms = await shown(lane)
        return found if found and found.audited_to and is_so(found) else None

    found = await wait_until(verdict, SOON)
    assert found is not None
    return found


async def audited(lane: Lane, orders: int) -> Verdict:
    async def verdict() -> Verdict | None:
        found = await verdicts.read(lane)
        return found if found and found.orders == orders else None

    found = await wait_until(verdict, SOON)
    assert found is not None
    return found


async def test_damage_is_named_within_seconds_and_gone_once_it_is_repaired(
    lane: Lane,
    keeper: Command,
    work: Callable[[str], Worker],
    auditor: Auditor,  # noqa: F811
) -> None:
    ids = [await placed_order(lane, reference=str(n)) for n in range(1, 6)]
    ann = work("ann")
    await all_completed(lane, ids, SOON)
    # A worker's own turn to sweep would restore the hash before anybody has seen that it was gone.
    ann.send(signal.SIGTERM)
    assert await ann.ended(SOON) == 0
    await audited(lane, 5)
    await until(lane, lambda found: not found.broken)

    await lane.command("DEL", lane.keys.status(ids[0]))
    found = await until(lane, lambda found: found.lost)
    assert (found.lost_ids, found.doubled, found.others) == ((ids[0],), 0, 0)

    async def alarm() -> Alarm | None:
        return next((each for each in (await shown(lane))[1] if each.kind == "audit"), None)

    told = await wait_until(alarm, SOON)
    assert told is not None
    assert (told.ids, told.is_critical) == ((ids[0],), True)

    await lane.command("HSET", lane.keys.status(ids[1]), "fence", 5)
    found = await until(lane, lambda found: found.others)
    assert [broken.ids for broken in found.broken] == [(ids[0], ids[1])]
    await lane.command("HINCRBY", lane.keys.totals, "completed", 5)
    found = await until(lane, lambda found: len(found.broken) == 2)
    assert found.broken[1].text.startswith("completed is ")

    await lane.command("DEL", lane.keys.status(ids[1]))
    assert await auditor.code("--repair") == 0, auditor.err
    found = await until(lane, lambda found: not found.broken)
    assert (found.lost, found.doubled) == (0, 0)

    async def is_quiet() -> bool:
        return await alarm() is None

    await wait_until(is_quiet, SOON)


async def test_orders_that_fail_wait_and_are_cancelled_are_no_alarm(
    lane: Lane, keeper: Command, work: Callable[[str], Worker]
) -> None:
    first = work("ann")
    work("bob")
    ids: list[str] = []
    seen: set[tuple[int, int, int]] = set()
    audited_to = (await until(lane, lambda found: not found.broken)).audited_to or 0
    for number in range(15):
        ids += [await placed_order(lane, reference=str(number * 21 + k)) for k in range(21)]
        await cancel(lane, ids[-3:], actor="user:boss")
        await requeue(lane, await lane.client.zrange(lane.keys.failed, 0, 1), actor="user:boss")
        if number == 7:
            first.send(signal.SIGKILL)
            work("eve")
        before = audited_to
        found = await until(lane, lambda found, before=before: (found.audited_to or 0) > before)
        seen.add((found.lost, found.doubled, found.others))
        audited_to = found.audited_to or 0

    async def is_over() -> bool:
        names = ("pending", "processing", "retrying")
        return not any(int(each or 0) for each in await lane.command("HMGET", lane.keys.totals, *names))

    await wait_until(is_over, 60)
    verdict = await audited(lane, len(ids))
    assert (verdict.violations, verdict.unjudged) == ((), ())
    assert seen == {(0, 0, 0)}
