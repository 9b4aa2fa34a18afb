"""huey with Redis and one worker, on tasks that do nothing; run as a module it is that worker's process."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from huey import RedisHuey  # type: ignore[import-untyped] # it has no types
from huey.api import TaskWrapper  # type: ignore[import-untyped] # it has no types

# `consumer` is its own consumer with one thread; `loop` is the fastest way there is to run its tasks, dequeue
# and execute, without scheduler, other threads or results.
MODES: Final = ("consumer", "loop")
ROOT: Final = Path(__file__).resolve().parent.parent
GIVE_UP_SECONDS: Final = 120


class Clock:
    """Notes when the first task ran; at the last one it prints rate and CPU seconds, and ends the process."""

    def __init__(self) -> None:
        self.expected = 0
        self._began = self._used = 0.0
        self._done = 0

    def tick(self) -> None:
        if not self._done:
            self._began, self._used = time.perf_counter(), time.process_time()
        self._done += 1
        if self._done == self.expected:
            took, used = time.perf_counter() - self._began, time.process_time() - self._used
            sys.stdout.write(f"{self.expected / took} {used}\n")
            sys.stdout.flush()
            # huey's consumer would catch an exception and wait for its threads.
            os._exit(0)


def _huey(url: str, clock: Clock) -> tuple[RedisHuey, TaskWrapper]:
    huey = RedisHuey("bench", url=url, results=False, utc=True)

    def nothing() -> None:
        clock.tick()

    return huey, huey.task()(nothing)


def enqueue(url: str, count: int) -> None:
    huey, nothing = _huey(url, Clock())
    for _ in range(count):
        huey.enqueue(nothing.s())


def rate_of(url: str, count: int, mode: str) -> tuple[float, float]:
    """Tasks per second, and CPU seconds, of one process that finds `count` tasks waiting."""
    command = [sys.executable, "-m", "benchmarks.huey_worker", url, str(count), mode]
    done = subprocess.run(
        command, cwd=ROOT, check=True, timeout=GIVE_UP_SECONDS, capture_output=True, text=True
    )
    rate, used = map(float, done.stdout.split())
    return rate, used


def main(url: str, count: int, mode: str) -> None:
    clock = Clock()
    clock.expected = count
    huey, _nothing = _huey(url, clock)
    if mode == "consumer":
        huey.create_consumer(workers=1, periodic=False, worker_type="thread", check_worker_health=False).run()
    while True:
        task = huey.dequeue()
        if task is not None:
            huey.execute(task)


if __name__ == "__main__":
    # Under its importable name: huey finds a task by the module that its function says it is from.
    from benchmarks import huey_worker

    huey_worker.main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
