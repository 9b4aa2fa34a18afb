"""An armed point fires once, in the process it was armed for, and the worker of the kit has all of them."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.failpoints import Armed, How, Point, Points

DIE = """
import sys
from pathlib import Path
from tests.chaos.failpoints import Point, Points
Points(Path(sys.argv[1]), "worker-1").pass_by(Point.AFTER_READ)
"""
WORKER_ONLY = [point for point in Point if point not in {Point.PLACED, Point.IN_HANDLER}]


def test_an_armed_point_fails_once_and_in_its_process_alone(tmp_path: Path) -> None:
    mine, other = Points(tmp_path, "worker-1"), Points(tmp_path, "worker-2")
    mine.arm(Point.AFTER_READ, How.FAIL)
    other.pass_by(Point.AFTER_READ)
    mine.pass_by(Point.AFTER_BEGIN)
    with pytest.raises(Armed):
        mine.pass_by(Point.AFTER_READ)
    mine.pass_by(Point.AFTER_READ)
    assert [(f["process"], f["point"], f["how"]) for f in mine.fired()] == [
        ("worker-1", "after read", "fail")
    ]


def test_a_point_that_was_disarmed_does_nothing(tmp_path: Path) -> None:
    points = Points(tmp_path, "worker-1")
    points.arm(Point.AFTER_READ, How.DIE)
    assert points.disarm(Point.AFTER_READ)
    assert not points.disarm(Point.AFTER_READ)
    points.pass_by(Point.AFTER_READ)
    assert points.fired() == []


def test_a_process_dies_there_by_a_signal_that_nobody_can_catch(tmp_path: Path) -> None:
    points = Points(tmp_path, "worker-1")
    points.arm(Point.AFTER_READ, How.DIE)
    dead = subprocess.run([sys.executable, "-c", DIE, str(tmp_path)])
    assert dead.returncode == -signal.SIGKILL
    assert not points.is_armed(Point.AFTER_READ)
    assert len(points.fired()) == 1


SEAMS = """
import asyncio, sys
from contextlib import contextmanager
from pathlib import Path
import django
django.setup()
from orderstream import effects
from workers import process, source
from tests.chaos import worker
from tests.chaos.failpoints import Armed, How, Point, Points

async def answers(self, *given): return ["something"]
source.RedisSource.read = source.RedisSource.begin = source.RedisSource.finish = answers
process.awaitable = lambda handler, threads: handler
@contextmanager
def once(order, name): yield True
effects.once = once
points = Points(Path(sys.argv[1]), "worker-1")
worker.install(points)
it = source.RedisSource(None, None, None)

async def handler(order):
    with effects.once(order, "work"):
        pass

async def through_all(point):
    points.arm(point, How.FAIL)
    for step in (it.read, it.begin, process.awaitable(handler, None), it.finish):
        try:
            await step(None) if step is not it.read else await step(1, 1)
        except Exception as error:
            print(point, type(error).__name__)

for name in sys.argv[2:]:
    asyncio.run(through_all(Point(name)))
"""


async def test_every_point_of_a_worker_is_passed_by_where_its_name_says(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SEAMS,
        str(tmp_path),
        *WORKER_ONLY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"DJANGO_SETTINGS_MODULE": "orderstream.settings", "SECRET_KEY": "x" * 60, "PATH": "/usr/bin"},
    )
    said, errors = await process.communicate()
    lost = {Point.AFTER_READ, Point.AFTER_BEGIN, Point.BEFORE_FINISH, Point.AFTER_FINISH}
    names = [f"{point} {'ConnectionError' if point in lost else 'Armed'}" for point in WORKER_ONLY]
    assert said.decode().splitlines() == names, errors.decode()
