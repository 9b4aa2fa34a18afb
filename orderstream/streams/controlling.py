"""What operators ask of workers and of all processing, and how the workers stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from orderstream.domain.events import ms_of
from orderstream.streams.connection import GroupLost
from orderstream.streams.figures import WorkerRow, group_figures, set_control, snapshot, workers
from orderstream.streams.lane import Lane
from orderstream.streams.liveness import Asked, asked_from, concurrency_from, retire

State = Literal["alive", "paused", "draining", "lost"]
_STATES: Final[Mapping[str, State]] = {"paused": "paused", "draining": "draining"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a worker stands and what is asked of it. None: not known, as most is of a lost worker.

    `in_hand` is what is pending for it on the server. Times are ms. `p95_ms` of its attempts' last minute."""

    name: str
    state: State
    asked: Asked
    in_hand: int
    concurrency: int | None
    concurrency_asked: int | None
    completed: int | None
    failed: int | None
    busy_ms: int | None
    p95_ms: int | None
    beat_at: int | None
    alive_until: int
    started_at: int | None
    host: str | None
    pid: int | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Standings:
    """`paused`: nobody begins anything."""

    paused: bool
    workers: Sequence[Standing]


async def standings(lane: Lane) -> Standings:
    """Every worker that is not retired, by name, the lost ones too."""
    control = (await snapshot(lane)).control
    pending = await _pending(lane)
    rows = sorted(await workers(lane), key=lambda row: row.name)
    return Standings(
        control.get("paused") == "1", [_standing(row, pending.get(row.name, 0), control) for row in rows]
    )


async def standing(lane: Lane, worker: str) -> Standing | None:
    """One of them; None when there is no such worker."""
    return next((each for each in (await standings(lane)).workers if each.name == worker), None)


async def ask(lane: Lane, worker: str, what: Asked) -> str:
    """The worker hears it with its next beat; NOTHING withdraws a pause or a drain.

    Codes: asked, unknown, lost, stopping (a stop was asked, which cannot be withdrawn)."""
    return str(await lane.run("ask", args=[worker, "asked", what]))


async def ask_concurrency(lane: Lane, worker: str, concurrency: int | None) -> str:
    """So many slots from the next beat on; None: as it was started. Codes: asked, unknown, lost."""
    value = "" if concurrency is None else concurrency
    return str(await lane.run("ask", args=[worker, "concurrency", value]))


async def forget(lane: Lane, worker: str) -> bool:
    """Take a lost worker out of the group. False: it is believed alive, or something is pending for it."""
    return await retire(lane, worker, "dead")


async def pause(lane: Lane) -> None:
    """Nobody begins anything until `resume`; what runs goes on."""
    await set_control(lane, {"paused": 1})


async def resume(lane: Lane) -> None:
    await set_control(lane, {"paused": ""})


async def _pending(lane: Lane) -> Mapping[str, int]:
    try:
        return (await group_figures(lane)).pending_by_worker
    except GroupLost:
        return {}  # before the first worker there is no group, and nothing is pending


def _standing(row: WorkerRow, pending: int, control: Mapping[str, str]) -> Standing:
    details = row.details
    return Standing(
        name=row.name,
        state=_STATES.get(details.get("mode", ""), "alive") if row.is_alive else "lost",
        asked=asked_from(control.get(f"asked:{row.name}")),
        in_hand=pending,
        concurrency=_number(details, "concurrency"),
        concurrency_asked=concurrency_from(control.get(f"concurrency:{row.name}")),
        completed=_number(details, "completed"),
        failed=_number(details, "failed"),
        busy_ms=_number(details, "busy_ms"),
        p95_ms=_number(details, "p95_ms"),
        beat_at=_number(details, "beat_at"),
        alive_until=row.alive_until_ms,
        started_at=_ms(details, "started_at"),
        host=details.get("host"),
        pid=_number(details, "pid"),
        version=details.get("version"),
    )


def _number(details: Mapping[str, str], name: str) -> int | None:
    """Workers report for display only, so whatever is no number is merely unknown."""
    try:
        return int(details[name])
    except (KeyError, ValueError):
        return None


def _ms(details: Mapping[str, str], name: str) -> int | None:
    try:
        return ms_of(details[name])
    except (KeyError, ValueError, OverflowError):
        return None
