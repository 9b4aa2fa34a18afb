"""The history of a run: what every client sent and heard, written as it happens, read by the checker."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Final

NAME: Final = "history.jsonl"


class Phase(StrEnum):
    INVOKE = "invoke"
    OK = "ok"
    FAIL = "fail"  # it certainly did nothing
    UNKNOWN = (
        "unknown"  # it may have happened: no answer, half an answer, or one that says only that it went wrong
    )


class Kind(StrEnum):
    PLACE = "place"
    BATCH = "batch"
    CANCEL = "cancel"
    REQUEUE = "requeue"
    DISCARD = "discard"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Line:
    """One phase of one call. `status` 0: there was no answer. `ids`: as answered, one for each reference."""

    call: int
    phase: Phase
    kind: Kind
    key: str
    references: tuple[str, ...]
    at: float
    ids: tuple[str, ...] = ()
    status: int = 0
    is_replayed: bool = False
    text: str = ""


class History:
    """Written line by line to `history.jsonl` in a folder, and kept."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[Line] = []
        self._calls = count(1)
        self._file = (folder / NAME).open("a", buffering=1, encoding="utf-8")

    def close(self) -> None:
        self._file.close()

    def invoke(self, kind: Kind, key: str, references: Sequence[str]) -> "Call":
        call = Call(self, next(self._calls), kind, key, tuple(references))
        call.says(Phase.INVOKE)
        return call

    def take(self, line: Line) -> None:
        self.lines.append(line)
        self._file.write(json.dumps(asdict(line)) + "\n")


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way."""

    history: History
    number: int
    kind: Kind
    key: str
    references: tuple[str, ...]

    def says(
        self,
        phase: Phase,
        *,
        ids: Sequence[str] = (),
        status: int = 0,
        is_replayed: bool = False,
        text: str = "",
    ) -> None:
        what = (self.number, phase, self.kind, self.key, self.references, time.time())
        self.history.take(Line(*what, tuple(ids), status, is_replayed, text[:300]))
