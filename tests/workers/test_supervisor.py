"""Several processes under one parent: exit codes, signals, and a dead one started again."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_until
from workers.supervisor import Supervisor, command_of_this_process

# A signal handler before signal.pause() would lose a signal that comes between the two, and wait for ever.
LIVES = "from signal import *; pthread_sigmask(SIG_BLOCK, {SIGTERM}); sigwait({SIGTERM})"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def test_children_that_are_done_end_their_supervisor_with_0() -> None:
    assert await Supervisor(python("pass"), 2).run() == 0


async def test_a_child_that_understands_no_option_is_not_started_again() -> None:
    assert await Supervisor(python("exit(2)"), 2).run() == 2


@pytest.mark.parametrize("code", [0, 3])
async def test_a_child_that_an_operator_ended_is_not_started_again(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert await Supervisor(python(f"exit({code})"), 1).run() == code
    assert "worker process ended as asked; not started again" in caplog.text


async def test_a_signal_reaches_every_child() -> None:
    supervisor = Supervisor(python(LIVES), 2)
    running = asyncio.create_task(supervisor.run())
    await wait_until(lambda: len(supervisor.children) == 2)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running in {0, 128 + signal.SIGTERM}  # a child just being born dies of it


async def test_a_dead_child_is_started_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = "import os, pathlib, sys; p = pathlib.Path(sys.argv[1]); p.exists() or (p.touch(), os.abort())"
    assert await Supervisor(python(code, str(mark)), 1).run() == 0


async def test_the_worst_end_of_a_child_is_told() -> None:
    supervisor = Supervisor(python("import signal; signal.pause()"), 1)
    running = asyncio.create_task(supervisor.run())
    (child,) = await wait_until(lambda: supervisor.children)
    os.kill(os.getpid(), signal.SIGINT)
    child.kill()
    assert await running in {128 + signal.SIGKILL, 128 + signal.SIGINT, 1}


def test_a_child_is_started_as_this_process_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", "runworker_orders", "--processes", "2"])
    monkeypatch.setattr(
        sys, "orig_argv", ["python", "-W", "error", "manage.py", "runworker_orders", "--processes", "2"]
    )
    assert command_of_this_process(["x"]) == [sys.executable, "-W", "error", "manage.py", "x"]
