"""A worker asked once drains, asked twice or out of time hands back, and then is ended by force."""

import queue
from datetime import timedelta

import pytest

from tests.waiting import wait_until
from tests.workers.fakes import a_moment
from workers.shutdown import EXIT_FORCED, EXIT_STOPPED, FORCE_AFTER, Shutdown

LONG = timedelta(minutes=5)
SHORT = timedelta(milliseconds=10)


class Steps:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def drain(self) -> None:
        self.taken.append("drain")

    def hand_back(self) -> None:
        self.taken.append("hand back")


async def test_nothing_happens_until_somebody_asks() -> None:
    work, shutdown = Steps(), Shutdown(LONG, end=lambda _code: None)
    shutdown.guard(work)
    await a_moment(0.05)
    assert work.taken == []


async def test_asked_once_it_drains() -> None:
    work, shutdown = Steps(), Shutdown(LONG, end=lambda _code: None)
    shutdown.guard(work)
    shutdown.ask("SIGTERM")
    await wait_until(lambda: work.taken == ["drain"])


async def test_asked_twice_it_hands_back() -> None:
    work, shutdown = Steps(), Shutdown(LONG, end=lambda _code: None)
    shutdown.guard(work)
    shutdown.ask("SIGTERM")
    shutdown.ask("SIGTERM")
    await wait_until(lambda: work.taken == ["drain", "hand back"])


async def test_stopped_it_hands_back_at_once() -> None:
    work, shutdown = Steps(), Shutdown(LONG, end=lambda _code: None)
    shutdown.guard(work)
    shutdown.stop("an operator")
    await wait_until(lambda: work.taken == ["hand back"])


async def test_stopped_while_it_drains_it_hands_back() -> None:
    work, shutdown = Steps(), Shutdown(LONG, end=lambda _code: None)
    shutdown.guard(work)
    shutdown.ask("SIGTERM")
    shutdown.stop("an operator")
    await wait_until(lambda: work.taken == ["drain", "hand back"])


async def test_a_stop_that_must_be_forced_is_known_as_the_operators_wish() -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    shutdown = Shutdown(LONG, end=ended.put)
    assert shutdown.exit_if_not_clean == EXIT_FORCED
    shutdown.guard(Steps())
    shutdown.stop("an operator")
    await wait_until(lambda: not ended.empty(), FORCE_AFTER.total_seconds() + 2)
    assert ended.get() == shutdown.exit_if_not_clean == EXIT_STOPPED


async def test_out_of_time_it_hands_back_and_then_ends_by_force() -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    work, shutdown = Steps(), Shutdown(SHORT, end=ended.put)
    shutdown.guard(work)
    shutdown.ask("SIGTERM")
    await wait_until(lambda: work.taken == ["drain", "hand back"])
    assert ended.empty()
    await wait_until(lambda: not ended.empty(), FORCE_AFTER.total_seconds() + 2)
    assert ended.get() == EXIT_FORCED


@pytest.mark.parametrize("was_asked", [True, False])
async def test_what_still_hangs_when_all_is_over_is_cut_off_with_the_code_it_has_earned(
    was_asked: bool,
) -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    work, shutdown = Steps(), Shutdown(LONG, end=ended.put)
    shutdown.guard(work)
    if was_asked:
        shutdown.stop("an operator")
        await wait_until(lambda: work.taken == ["hand back"])
    shutdown.is_over(7, ends=True)
    await wait_until(lambda: not ended.empty(), FORCE_AFTER.total_seconds() + 2)
    assert ended.get() == 7
    assert work.taken == (["hand back"] if was_asked else [])


async def test_a_process_that_goes_on_is_not_cut_off() -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    shutdown = Shutdown(LONG, end=ended.put)
    shutdown.guard(Steps())
    shutdown.stop("an operator")
    shutdown.is_over(0, ends=False)
    await a_moment(FORCE_AFTER.total_seconds() + 0.5)
    assert ended.empty()


def test_the_end_by_force_keeps_the_promise_of_two_seconds() -> None:
    assert timedelta(seconds=1) <= FORCE_AFTER < timedelta(seconds=2)
