"""Named points in a process of the product at which it can be made to die or to fail, armed by files."""

import contextlib
import json
import os
import signal
import time
from enum import StrEnum
from pathlib import Path
from typing import Final

FOLDER: Final = "failpoints"
FIRED: Final = "fired.jsonl"


class Point(StrEnum):
    """Where. `within the effect`: what the handler does in SQL is done and not yet committed."""

    AFTER_READ = "after read"
    AFTER_BEGIN = "after begin"
    WITHIN_EFFECT = "within the effect"
    IN_HANDLER = "in the handler"
    AFTER_HANDLER = "after the handler"
    BEFORE_FINISH = "before finish"
    AFTER_FINISH = "after finish"
    PLACED = "placed"


class How(StrEnum):
    DIE = "die"  # SIGKILL: nothing is cleaned up
    FAIL = "fail"  # an exception, as of a lost connection


class Armed(Exception):  # noqa: N818 what happened, not what is wrong
    """A point was armed to fail."""


class Points:
    """Of one process, by the name that its successors have too. Whoever removes an armed file fires it, so
    one arming fires once, however many threads or incarnations pass there."""

    def __init__(self, folder: Path, process: str) -> None:
        self._process = process
        self._folder = folder / FOLDER
        self._armed = self._folder / process

    @classmethod
    def of_this_process(cls) -> "Points":
        return cls(Path(os.environ["CHAOS_FOLDER"]), os.environ["CHAOS_PROCESS"])

    def arm(self, point: Point, how: How) -> None:
        self._armed.mkdir(parents=True, exist_ok=True)
        aside = self._folder / f"{self._process}.aside"
        aside.write_text(how)
        aside.rename(self._armed / point)

    def disarm(self, point: Point) -> bool:
        """Was it still armed?"""
        try:
            (self._armed / point).unlink()
        except FileNotFoundError:
            return False
        return True

    def is_armed(self, point: Point) -> bool:
        return (self._armed / point).exists()

    def pass_by(self, point: Point, error: type[Exception] = Armed) -> None:
        """Die or raise `error` here if that is armed."""
        path = self._armed / point
        try:
            how = How(path.read_text())
            path.unlink()
        except FileNotFoundError:
            return
        self._note(point, how)
        if how is How.DIE:
            os.kill(os.getpid(), signal.SIGKILL)
        raise error(f"armed to fail {point}")

    def fired(self) -> list[dict[str, object]]:
        """Of all processes, in the order in which it happened."""
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in (self._folder / FIRED).read_text().splitlines()]
        return []

    def _note(self, point: Point, how: How) -> None:
        line = json.dumps({"at": time.time(), "process": self._process, "point": point, "how": how})
        descriptor = os.open(self._folder / FIRED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)
