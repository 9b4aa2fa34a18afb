"""The planned handler: it does the deed of its attempt, and writes down each beginning and end."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.domain.orders import Order
from tests.chaos import executions, handlers
from tests.chaos.failpoints import Armed, How, Point, Points
from tests.chaos.plan import Deed, Plan

PLAN = Plan(seed=9, orders=250)


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a worker process of a run is told."""
    monkeypatch.setenv("CHAOS_SEED", str(PLAN.seed))
    monkeypatch.setenv("CHAOS_FOLDER", str(tmp_path))
    monkeypatch.setenv("CHAOS_MIX", PLAN.mix)
    monkeypatch.setenv("CHAOS_PROCESS", "worker-1")
    for cached in (handlers._plan, handlers._log, handlers._points):
        cached.cache_clear()
    yield
    handlers._log.cache_clear()
    handlers._points.cache_clear()


def order_with(deed: Deed) -> Order:
    reference = next(r for r in PLAN.references if PLAN.deed(r, 1) is deed)
    now = datetime.now(UTC)
    return Order("1-0", "C-1", "P-1", 1, Decimal(1), "", reference, now, attempt=1, round=1, fence=77)


async def test_it_fails_amid_its_work_when_that_is_armed(tmp_path: Path) -> None:
    Points(tmp_path, "worker-1").arm(Point.IN_HANDLER, How.FAIL)
    with pytest.raises(Armed):
        await handlers.planned(order_with(Deed.COMPLETE))
    assert [each.what for each in executions.read(tmp_path)] == [executions.BEGUN, executions.ENDED]


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        (Deed.FAIL, handlers.PlannedFailure),
        (Deed.REJECT, OrderRejected),
        (Deed.RETRY_LATER, RetryLater),
    ],
)
async def test_a_deed_without_effect_is_an_error_and_is_written_down(
    deed: Deed, error: type[Exception], tmp_path: Path
) -> None:
    order = order_with(deed)
    with pytest.raises(error):
        await handlers.planned(order)
    written = executions.read(tmp_path)
    assert [each.what for each in written] == [executions.BEGUN, executions.ENDED]
    assert {(each.order_id, each.fence, each.reference) for each in written} == {("1-0", 77, order.reference)}


async def test_a_hanging_attempt_ends_when_it_is_cut_short(tmp_path: Path) -> None:
    task = asyncio.create_task(handlers.planned(order_with(Deed.HANG)))
    done, _ = await asyncio.wait([task], timeout=0.3)
    assert not done
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [each.what for each in executions.read(tmp_path)] == [executions.BEGUN, executions.ENDED]


async def test_done_is_written_behind_the_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads done may rely on the effect: it is what the checker holds a completion against."""
    seen: list[list[str]] = []

    def happen(_order: Order) -> None:
        seen.append([each.what for each in executions.read(tmp_path)])

    monkeypatch.setattr(handlers.effects, "happen", happen)
    await handlers.planned(order_with(Deed.COMPLETE))
    assert seen == [[executions.BEGUN]]
    assert [each.what for each in executions.read(tmp_path)] == [executions.BEGUN, executions.DONE]


async def test_an_overrunning_attempt_goes_on_and_has_its_effect_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []
    monkeypatch.setattr(handlers.effects, "happen", lambda order: happened.append(order.id))
    monkeypatch.setattr(handlers, "LATE_SECONDS", 0.2)
    task = asyncio.create_task(handlers.planned(order_with(Deed.OVERRUN)))
    await asyncio.wait([task], timeout=1.3)  # until it hangs
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    assert happened == []
    await task
    assert happened == ["1-0"]


def test_a_line_torn_by_a_kill_is_left_out(tmp_path: Path) -> None:
    log = executions.Log(tmp_path)
    log.write(executions.BEGUN, order_with(Deed.COMPLETE))
    with (tmp_path / executions.NAME).open("a") as file:
        file.write('{"what": "done", "refer')
    assert [each.what for each in executions.read(tmp_path)] == [executions.BEGUN]
