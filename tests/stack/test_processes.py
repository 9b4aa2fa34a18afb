"""One program is kept running: relayed, noticed ready, started again, ended."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from orderstream.stack.errors import StackError
from orderstream.stack.processes import Backoff, Process
from tests.stack.tiny import AT_ONCE, COUNTING, Screen, never, tiny
from tests.stack.traces import marked_environment, processes_of
from tests.waiting import wait_until


@asynccontextmanager
async def kept(process: Process) -> AsyncIterator[None]:
    """Whatever becomes of the test, the process is ended and seen to end."""
    keeping = asyncio.create_task(process.keep())
    try:
        yield
    finally:
        process.stop()
        await asyncio.wait_for(keeping, 10)


async def test_what_a_process_writes_carries_its_name(tmp_path):
    screen, mark = Screen(), tmp_path / "mark"
    writing = f"echo to stdout; echo to stderr >&2; printf unfinished; touch {mark}; exec sleep 1000"
    process = Process(tiny("web", writing, os.environ), screen)
    async with kept(process):
        await wait_until(lambda: "to stderr" in screen.text and mark.exists())
    assert "web      | to stdout\nweb      | to stderr\n" in screen.text
    assert "web      | unfinished\n" in screen.text


async def test_a_line_without_end_is_cut_and_not_collected():
    screen = Screen()
    process = Process(
        tiny("web", "head -c 300000 /dev/zero | tr '\\0' x; echo; echo after; exec sleep 1000", os.environ),
        screen,
    )
    async with kept(process):
        await wait_until(lambda: "web      | after" in screen.text)
    assert screen.text.count("x") == 300_000
    assert max(map(len, screen.text.splitlines())) < 200_000


async def test_a_killed_process_is_started_again_and_said_to_be_back():
    screen, environment = Screen(), marked_environment()
    process = Process(tiny("worker-1", "exec sleep 1000", environment), screen, AT_ONCE)
    async with kept(process):
        await process.ready.wait()
        (first,) = await wait_until(lambda: processes_of(environment))
        os.kill(first, signal.SIGKILL)
        await wait_until(lambda: "is back" in screen.text)
        await wait_until(lambda: processes_of(environment) - {first})
        assert "worker-1 ended (killed by SIGKILL); starting it again" in screen.text
    assert not processes_of(environment)


def test_the_pause_doubles_up_to_its_cap():
    assert [Backoff().pause(deaths) for deaths in (1, 2, 3, 4, 5, 6, 100)] == [1, 2, 4, 8, 16, 30, 30]


async def test_a_process_that_never_gets_ready_gives_up_with_a_reason():
    process = Process(tiny("web", "exit 3", os.environ, ready=never), Screen(), AT_ONCE)
    with pytest.raises(StackError, match=r"web does not start \(exit code 3\)"):
        await asyncio.wait_for(process.keep(), 10)


async def test_a_process_that_somebody_asked_to_end_stays_ended_and_the_rest_goes_on():
    screen, environment = Screen(), marked_environment()
    program = replace(tiny("worker-1", "exit 3", environment), ended_as_asked=frozenset({0, 3}))
    process = Process(program, screen, AT_ONCE)
    process.ready.set()
    async with kept(process):
        await wait_until(lambda: "worker-1 ended as it was asked to; it is not started again." in screen.text)
        assert not processes_of(environment)
    assert "starting it again" not in screen.text


async def test_an_end_that_nobody_asked_for_is_no_end_as_asked():
    screen = Screen()
    program = replace(tiny("worker-1", "exit 1", os.environ), ended_as_asked=frozenset({0, 3}))
    process = Process(program, screen, AT_ONCE)
    process.ready.set()
    async with kept(process):
        await wait_until(lambda: "starting it again" in screen.text)


async def test_a_process_that_ignores_sigterm_is_killed_when_its_patience_is_over():
    screen, environment = Screen(), marked_environment()
    program = tiny(
        "web", "trap '' TERM; echo armed; while :; do sleep 0.05; done", environment, patience_seconds=0.2
    )
    process = Process(program, screen)
    async with kept(process):
        await wait_until(lambda: "armed" in screen.text)
    assert "web does not end; killing it." in screen.text
    assert not processes_of(environment)


async def test_hurrying_sends_a_second_signal():
    screen = Screen()
    program = tiny("worker-1", COUNTING, os.environ, patience_seconds=60)
    process = Process(program, screen)
    async with kept(process):
        await wait_until(lambda: "armed" in screen.text)
        process.stop()
        await wait_until(lambda: "signal 1" in screen.text)
        process.hurry()
    assert "signal 2" in screen.text


async def test_what_was_not_asked_to_end_yet_is_not_hurried():
    screen = Screen()
    process = Process(tiny("redis", COUNTING, os.environ, patience_seconds=0.5), screen)
    async with kept(process):
        await wait_until(lambda: "armed" in screen.text)
        process.hurry()
    assert "signal 1" in screen.text
    assert "signal 2" not in screen.text


async def test_children_of_a_process_do_not_outlive_it():
    screen, environment = Screen(), marked_environment()
    process = Process(tiny("web", "sleep 1000 & sleep 1000 & echo started; wait", environment), screen)
    async with kept(process):
        await wait_until(lambda: "started" in screen.text and len(processes_of(environment)) == 3)
    await wait_until(lambda: not processes_of(environment))
