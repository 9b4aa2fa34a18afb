"""What dies is started again, after a pause that a fault may choose; what is stopped for good is not."""

import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.processes import Supervised
from tests.waiting import wait_until

STUBBORN = (
    "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True);"
    "threading.Event().wait()"
)
WITHIN = 20.0


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Supervised]:
    command = [sys.executable, "-c", "import threading; threading.Event().wait()"]
    process = Supervised("worker-1", "worker", command, dict(os.environ), tmp_path / "log")
    process.start()
    await process.new_incarnation(None, WITHIN)
    yield process
    await process.stop()


async def test_a_killed_process_is_started_again_after_the_chosen_pause_once(process: Supervised) -> None:
    for pause, least in ((1.0, 1.0), (None, 0.0)):
        pid, began = process.pid, time.monotonic()
        if pause is not None:
            process.next_pause = pause
        assert process.send(signal.SIGKILL)
        assert await process.new_incarnation(pid, WITHIN)
        assert time.monotonic() - began >= least
    assert process.send(signal.SIGTERM)
    await wait_until(lambda: len(process.deaths) == 3)
    assert [(death.code, death.is_asked) for death in process.deaths] == [
        (-signal.SIGKILL, False),
        (-signal.SIGKILL, False),
        (-signal.SIGTERM, True),
    ]
    assert process.next_pause < 1.0


async def test_nobody_is_there_between_two_incarnations(process: Supervised) -> None:
    process.next_pause = WITHIN
    process.send(signal.SIGKILL)
    await wait_until(lambda: process.pid is None)
    assert not process.send(signal.SIGTERM)
    assert not await process.new_incarnation(None, within=0.1)


async def test_what_is_stopped_for_good_ends_even_while_it_is_stalled(process: Supervised) -> None:
    pid = process.pid
    process.send(signal.SIGSTOP)
    await process.stop()
    assert process.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)


async def test_what_does_not_listen_is_killed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chaos.processes.ENDS_WITHIN_SECONDS", 0.3)
    log = tmp_path / "log"
    process = Supervised("web-1", "web", [sys.executable, "-c", STUBBORN], dict(os.environ), log)
    process.start()
    await wait_until(lambda: log.exists() and "up" in log.read_text(), WITHIN)
    pid = process.pid
    await process.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid or 0, 0)
