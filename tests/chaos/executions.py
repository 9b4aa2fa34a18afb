"""The file of executions: each attempt's beginning and end as its handler saw them; kill -9 spares it."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

NAME: Final = "executions.jsonl"
BEGUN: Final = "begun"
DONE: Final = "done"  # all its work was done; what is missing after it is only the record
ENDED: Final = "ended"  # it raised, or was cut short


@dataclass(frozen=True, slots=True)
class Execution:
    """One line. `at` in Unix seconds of the machine, which is also the server's."""

    what: str
    reference: str
    order_id: str
    round: int
    attempt: int
    fence: int
    pid: int
    at: float


class Log:
    """One write for each line and none is kept back, so that kill -9 takes at most the line being written."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, what: str, order: object) -> None:
        names = ("reference", "round", "attempt", "fence")
        fields = {name: getattr(order, name) for name in names}
        line = Execution(what, order_id=order.id, pid=os.getpid(), at=time.time(), **fields)  # type: ignore[attr-defined]
        os.write(self._file, json.dumps(asdict(line)).encode() + b"\n")


def read(folder: Path) -> list[Execution]:
    path = folder / NAME
    return list(_readable(path.read_text().splitlines())) if path.exists() else []


def _readable(lines: list[str]) -> Iterator[Execution]:
    for line in lines:
        try:
            yield Execution(**json.loads(line))
        except (ValueError, TypeError):
            continue  # torn by a kill
