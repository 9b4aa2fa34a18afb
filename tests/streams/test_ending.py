"""Tasks end for certain, however often a cancellation is lost."""

import asyncio

from orderstream.streams.ending import end


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost, started = 0, asyncio.Event()

    async def reader() -> None:
        nonlocal lost
        started.set()
        while lost < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                lost += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(reader())
    await started.wait()
    await end([task])
    assert task.cancelled()
    assert lost == 2


async def test_nothing_to_end_is_over_at_once() -> None:
    await end([])
