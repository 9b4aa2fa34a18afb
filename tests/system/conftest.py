"""A local stack for a test, on ports and a folder of its own; nothing of it outlives the test."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.traces import marked_environment, processes_of
from tests.system.stacks import OURS, Stack, Start, free_port


@pytest.fixture
def environment() -> dict[str, str]:
    """As on a fresh machine: nothing of ours is set, but that orders are done at once."""
    plain = {name: value for name, value in marked_environment().items() if not OURS.match(name)}
    return {**plain, "PORT": str(free_port()), "ORDERSTREAM_SIMULATE_SECONDS": "0"}


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[Start]:
    started: list[Stack] = []

    def one(**more: str) -> Stack:
        started.append(Stack(tmp_path / "var", len(started), environment | more))
        return started[-1]

    yield one
    for stack in started:
        stack.command.kill()
    for pid in processes_of(environment):
        os.kill(pid, signal.SIGKILL)
