"""Tasks end for certain, however often a cancellation is lost."""

import asyncio
import signal

import pytest

from orderstream.streams.ending import end, run
from tests.waiting import passed


class Reader:
    """Loses two cancellations."""

    def __init__(self) -> None:
        self.lost, self.started, self.has_put_away = 0, asyncio.Event(), False

    async def read(self) -> None:
        self.started.set()
        while self.lost < 2:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.lost += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.has_put_away = True


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    reader = Reader()
    task = asyncio.create_task(reader.read())
    await reader.started.wait()
    await end([task])
    assert task.cancelled()
    assert reader.lost == 2


async def test_nothing_to_end_is_over_at_once() -> None:
    await end([])


def test_a_run_gives_what_its_work_gives() -> None:
    async def work() -> int:
        await passed(0)
        return 7

    assert run(work()) == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_though_its_cancellation_is_lost(number: signal.Signals) -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    reader = Reader()

    async def work() -> None:
        asyncio.get_running_loop().call_soon(signal.raise_signal, number)
        await reader.read()

    with pytest.raises(KeyboardInterrupt):
        run(work())
    assert reader.has_put_away
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_reaches_work_that_does_not_await(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        run(work())
    assert caplog.records == []


def test_an_ignored_signal_stays_ignored() -> None:
    async def work() -> str:
        signal.raise_signal(signal.SIGINT)
        await passed(0)
        return "ended by itself"

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run(work()) == "ended by itself"
    finally:
        signal.signal(signal.SIGINT, before)
