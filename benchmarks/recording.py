"""The bytes that our own code would send: recorded once, so that a bare client can send exactly the same."""

from collections.abc import Iterable, Sequence
from typing import Any

import hiredis

from orderstream.domain.outcomes import Completed
from orderstream.streams.deliveries import Deliveries, Report
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement, place

WORKER = "bench"
ATTEMPTS = 5
LEASE_MS = 10_000
PATIENCE_MS = 65_000
# A fence is the server's time in ms, 13 digits until 2286; the true one takes its place once it is known.
FENCE = 1_111_111_111_111
FENCE_BYTES = str(FENCE).encode()


class Recorder:
    """In the place of a client: keeps each command as bytes, and gives an answer that our code can read."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.sent: list[bytes] = []
        self._answers = answers

    async def execute_command(self, *words: Any) -> list[Sequence[str]]:
        self.sent.append(hiredis.pack_command(words))
        return list(self._answers)


async def place_command(placements: Sequence[Placement]) -> bytes:
    recorder = Recorder()
    lane = Lane(recorder, Keys())  # type: ignore[arg-type] # all of a client that a step needs
    await place(lane, placements, actor="key:bench", backlog_limit=0, key_ttl=None)
    return _only(recorder)


async def begin_command(ids: Sequence[str]) -> bytes:
    recorder = Recorder(*[["begun", "1", "1", "1"]] * len(ids))
    await _deliveries(recorder).begin(ids, lease_ms=LEASE_MS, patience_ms=PATIENCE_MS, attempts=ATTEMPTS)
    return _only(recorder)


async def finish_command(ids: Iterable[str]) -> bytes:
    """Completes them with FENCE."""
    reports = [Report(order_id, FENCE, Completed(), 0) for order_id in ids]
    recorder = Recorder(*[["recorded", "completed"]] * len(reports))
    await _deliveries(recorder).finish(reports, attempts=ATTEMPTS)
    return _only(recorder)


def read_command(count: int) -> bytes:
    words: tuple[Any, ...] = (
        "XREADGROUP",
        "GROUP",
        "order_processors",
        WORKER,
        "COUNT",
        count,
        "STREAMS",
        Keys().stream,
        ">",
    )
    packed: bytes = hiredis.pack_command(words)
    return packed


def _deliveries(recorder: Recorder) -> Deliveries:
    return Deliveries(Lane(recorder, Keys()), WORKER)  # type: ignore[arg-type] # all of a client that a step needs


def _only(recorder: Recorder) -> bytes:
    (command,) = recorder.sent
    return command
