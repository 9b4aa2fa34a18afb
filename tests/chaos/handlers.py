"""The handler of a chaos run: does at each attempt what the plan says, and writes down that it did."""

import asyncio
import contextlib
import os
import signal
from datetime import timedelta
from functools import cache
from pathlib import Path

from orderstream.domain.errors import OrderRejected, RetryLater
from orderstream.domain.orders import Order
from tests.chaos import effects, executions
from tests.chaos.failpoints import Point, Points
from tests.chaos.plan import LATE_SECONDS, Deed, Plan
from tests.waiting import passed


class PlannedFailure(Exception):  # noqa: N818 an event of the plan
    """The plan lets this attempt fail."""


async def planned(order: Order) -> None:
    log = _log()
    log.write(executions.BEGUN, order)
    try:
        await _do(order)
    except BaseException:
        log.write(executions.ENDED, order)
        raise
    log.write(executions.DONE, order)


async def _do(order: Order) -> None:
    plan = _plan()
    await passed(plan.seconds(order.reference, order.attempt) / 2)
    _points().pass_by(Point.IN_HANDLER)
    await passed(plan.seconds(order.reference, order.attempt) / 2)
    match plan.deed(order.reference, order.attempt, order.round):
        case Deed.FAIL:
            raise PlannedFailure(f"attempt {order.attempt} was planned to fail")
        case Deed.REJECT:
            raise OrderRejected("planned to be rejected")
        case Deed.RETRY_LATER:
            raise RetryLater(timedelta(seconds=0.5), "planned to be put off")
        case Deed.HANG:
            await asyncio.Event().wait()
        case Deed.DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        case Deed.OVERRUN:
            await _ignoring_its_end()
            await _effect(order)
        case Deed.DIE_LATE:
            await _effect(order)
            os.kill(os.getpid(), signal.SIGKILL)
        case Deed.COMPLETE:
            await _effect(order)


async def _ignoring_its_end() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    await passed(LATE_SECONDS)


async def _effect(order: Order) -> None:
    await asyncio.to_thread(effects.happen, order)


@cache
def _plan() -> Plan:
    return Plan(int(os.environ["CHAOS_SEED"]), orders=0, mix=os.environ["CHAOS_MIX"])


@cache
def _points() -> Points:
    return Points.of_this_process()


@cache
def _log() -> executions.Log:
    return executions.Log(Path(os.environ["CHAOS_FOLDER"]))
