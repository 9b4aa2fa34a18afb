"""Stages, signals, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from orderstream.stack.errors import StackError
from orderstream.stack.supervisor import StoppedError, Supervisor
from tests.stack.tiny import AT_ONCE, Screen, never, tiny
from tests.stack.traces import marked_environment, processes_of
from tests.waiting import wait_until

pytestmark = pytest.mark.system


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    marked = marked_environment()
    yield marked
    for pid in processes_of(marked):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def supervising(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A supervisor in a process of its own, with both its programs running."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.stack.tiny"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        started = (line for line in process.stdout if "has started" in line)
        assert len(list(islice(started, 2))) == 2
        yield process
        process.kill()


async def test_a_stage_starts_when_the_one_before_is_ready(environment):
    screen = Screen()
    async with Supervisor(screen) as supervisor:
        await supervisor.start([tiny("redis", "exec sleep 1000", environment)])
        await supervisor.start(
            [tiny("web", "exec sleep 1000", environment), tiny("keeper", "exec sleep 1000", environment)]
        )
        await wait_until(lambda: len(processes_of(environment)) == 3)
    assert not processes_of(environment)


async def test_what_is_not_ready_in_time_is_named_and_nothing_is_left(environment):
    async with Supervisor(Screen()) as supervisor:
        with pytest.raises(StackError, match="keeper: not ready after"):
            await supervisor.start(
                [
                    tiny("web", "exec sleep 1000", environment, ready_seconds=0.5),
                    tiny("keeper", "exec sleep 1000", environment, ready=never, ready_seconds=0.5),
                ]
            )
    assert not processes_of(environment)


async def test_a_program_that_cannot_start_ends_the_rest_with_a_reason(environment):
    async with Supervisor(Screen(), backoff=AT_ONCE) as supervisor:
        await supervisor.start([tiny("web", "exec sleep 1000", environment)])
        with pytest.raises(StackError, match="keeper does not start"):
            await supervisor.start([tiny("keeper", "exit 1", environment, ready=never)])
    assert not processes_of(environment)


async def test_a_signal_during_the_start_ends_it(environment):
    async with Supervisor(Screen()) as supervisor:
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), signal.SIGINT)
        with pytest.raises(StoppedError):
            await supervisor.start([tiny("web", "exec sleep 1000", environment, ready=never)])
    assert not processes_of(environment)


async def test_two_signals_at_once_are_one_wish_and_a_later_one_hurries():
    screen = Screen()
    async with Supervisor(screen, same_wish=timedelta(seconds=60)) as supervisor:
        supervisor.ask_to_stop()
        supervisor.ask_to_stop()
    assert "Stopping" in screen.text
    assert "Hurrying" not in screen.text
    async with Supervisor(screen, same_wish=timedelta()) as supervisor:
        supervisor.ask_to_stop()
        supervisor.ask_to_stop()
    assert "Hurrying" in screen.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_ends_the_last_stage_first_and_leaves_nothing(supervising, environment, number):
    os.kill(supervising.pid, number)
    output = await asyncio.to_thread(supervising.stdout.read)
    assert supervising.wait(10) == 0
    assert output.index("second ends") < output.index("first ends")
    assert not processes_of(environment)


async def test_kill_9_of_the_supervisor_leaves_nothing_of_its_programs(supervising, environment):
    await wait_until(lambda: len(processes_of(environment)) >= 3)
    os.kill(supervising.pid, signal.SIGKILL)
    supervising.wait(10)
    await wait_until(lambda: not leashed_left(environment))


def leashed_left(environment: dict[str, str]) -> set[int]:
    """What the supervisor itself had started are leaders of sessions; grandchildren see to themselves."""
    return {pid for pid in processes_of(environment) if os.getsid(pid) == pid}
