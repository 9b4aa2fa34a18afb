"""Cuts attempts short at their time limit, by one look at all of them in place of a timer for each."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from workers.hand import Cut, Hand, Held
from workers.work import Work

LOOK_EVERY: Final = timedelta(milliseconds=250)
"""A timer for each attempt costs 4 µs of the 25 that an order takes; nobody needs a limit of 60.0 s."""


async def cut_overdue(hand: Hand, work: Callable[[], Work], abandon: Callable[[Held], None]) -> None:
    """Until cancelled: cancel each attempt that has run for its time limit, once; abandon what does not end.

    `work`: what is done with orders now; the pace of looking follows its time limit.
    """
    while True:
        await asyncio.sleep(min(LOOK_EVERY, work().policy.time_limit / 4).total_seconds())
        now = time.monotonic()
        for held in hand:
            if held.task is None or held.work is None or held.is_reported:
                continue
            if now - held.began < held.work.policy.time_limit.total_seconds():
                continue
            if held.cut is Cut.TIME_LIMIT and now - held.cut_at >= held.work.clean_up.total_seconds():
                abandon(held)
            else:
                held.cut_short(Cut.TIME_LIMIT)
