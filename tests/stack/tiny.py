"""Tiny programs for the supervisor, and a script that supervises two of them and can be killed."""

import asyncio
import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import django

from orderstream.stack.console import Console
from orderstream.stack.processes import Backoff, Program
from orderstream.stack.supervisor import StoppedError, Supervisor

AT_ONCE = Backoff(first=timedelta(milliseconds=10), cap=timedelta(milliseconds=20))


async def at_once(pid: int) -> bool:
    return True


async def never(pid: int) -> bool:
    return False


def tiny(
    name: str,
    shell: str,
    environment: Mapping[str, str],
    *,
    ready=at_once,
    patience_seconds: float = 5,
    ready_seconds: float = 30,
) -> Program:
    return Program(
        name=name,
        command=["sh", "-c", shell],
        environment=environment,
        is_ready=ready,
        ready_within=timedelta(seconds=ready_seconds),
        patience=timedelta(seconds=patience_seconds),
    )


# Each says when it listens for signals: before that, SIGTERM ends it without a word.
FIRST = "trap 'echo first ends; exit 0' TERM; echo has started; while :; do sleep 0.05; done"
# A grandchild too: what a program starts itself must not be left behind either.
SECOND = "trap 'echo second ends; exit 0' TERM; sleep 1000 & echo has started; wait"
COUNTING = (
    "n=0; trap 'n=$((n+1)); echo signal $n; [ $n = 2 ] && exit 0' TERM;"
    " echo armed; while :; do sleep 0.02; done"
)


class Screen(Console):
    """A console whose text can be read."""

    def __init__(self) -> None:
        super().__init__(io.StringIO(), coloured=False)

    @property
    def text(self) -> str:
        return self.stream.getvalue()


async def supervise_two(environment: Mapping[str, str]) -> None:
    async with Supervisor(Console(sys.stdout, coloured=False), backoff=AT_ONCE) as supervisor:
        await supervisor.start([tiny("first", FIRST, environment)])
        await supervisor.start([tiny("second", SECOND, environment)])
        with suppress(StoppedError):
            await supervisor.until_stopped()


if __name__ == "__main__":
    django.setup()
    asyncio.run(supervise_two(os.environ))
