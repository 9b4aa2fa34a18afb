"""The beat by which a worker is believed alive and hears requests, and its retirement."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from orderstream.streams.codec import interleaved
from orderstream.streams.lane import Lane

CONCURRENCY_MAX: Final = 10_000
_NUMBER: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


class Asked(StrEnum):
    """What an operator asks of one worker."""

    NOTHING = ""
    PAUSE = "pause"
    """Begin nothing until it is withdrawn; what runs goes on."""
    DRAIN = "drain"
    """Begin nothing, finish what is in hand however long it takes, then end; can be withdrawn until then."""
    STOP = "stop"
    """End now; what runs is cut short and handed back. Cannot be withdrawn."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker is told. `paused`: everybody is. `concurrency` None: as started. `sweep_turn`: this one
    sweeps now. `lease_ms`: for how long this beat counts. `cancels`: orders in its hands whose cancellation
    was asked, again until they end."""

    paused: bool
    asked: Asked
    concurrency: int | None
    config_version: str
    sweep_turn: bool
    lease_ms: int
    cancels: tuple[str, ...]


async def beat(
    lane: Lane, worker: str, *, lease_ms: int, sweep_every_ms: int, fields: Mapping[str, Any]
) -> Beat:
    """Be alive for another lease. Beat before the first read, and at least four times in a lease.

    `lease_ms`: counts unless a manager chose one for all workers.
    `fields` (host, pid, concurrency, in_flight, ...) are for display only.
    """
    paused, asked, concurrency, version, turn, lease, *cancels = await lane.run(
        "beat",
        keys=[lane.keys.worker(worker)],
        args=[worker, lease_ms, sweep_every_ms, *interleaved(fields)],
    )
    return Beat(
        paused=paused == "1",
        asked=asked_from(asked),
        concurrency=concurrency_from(concurrency),
        config_version=version,
        sweep_turn=turn == "1",
        lease_ms=lease,
        cancels=tuple(cancels),
    )


def asked_from(text: str | None) -> Asked:
    """What nobody can have asked through us counts as nothing."""
    return Asked(text) if text in set(Asked) else Asked.NOTHING


def concurrency_from(text: str | None) -> int | None:
    number = int(text) if text and _NUMBER.fullmatch(text) else 0
    return number if 1 <= number <= CONCURRENCY_MAX else None


async def retire(lane: Lane, worker: str, only: Literal["", "dead", "judged"] = "") -> bool:
    """Take a worker out of the group. Refused (False) while entries are pending for it, for they would be
    destroyed; with `dead` while it is believed alive; with `judged` also in a calm, when those may live of
    whom nobody knows: what operators asked of it would be forgotten."""
    code = await lane.run("retire", keys=[lane.keys.worker(worker)], args=[worker, only])
    return bool(code == "retired")
