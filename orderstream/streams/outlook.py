"""What the keeper makes of the last minute: where things go, alarms, and marks for the charts."""

import json
from dataclasses import asdict, dataclass
from typing import Final, Literal

from orderstream.streams.codec import interleaved, pairs
from orderstream.streams.lane import Lane
from orderstream.streams.made import made

ALARMS_MOST: Final = 50
MARKS_MOST: Final = 200

FlowKind = Literal["idle", "steady", "behind", "catching"]
FlowCause = Literal["", "lost", "slow", "more"]
AlarmKind = Literal["audit", "worker_lost", "slow_worker", "dead_letters", "memory", "paused"]
MarkKind = Literal["worker_lost", "slow_worker", "memory", "paused", "resumed"]


@dataclass(frozen=True, slots=True)
class Flow:
    """`by`: orders/s by which the backlog grows or shrinks. `until_ms`: when it will be gone. `why`: lost or
    slow (then of `worker`), more (are placed), or nothing that the keeper knows."""

    kind: FlowKind
    since_ms: int
    by: float = 0.0
    until_ms: int | None = None
    why: FlowCause = ""
    worker: str = ""


class Gravity:
    """What makes an alarm critical, as it is stored and on the wire."""

    kind: str
    is_full: bool
    lost: int
    doubled: int

    @property
    def is_critical(self) -> bool:
        return self.kind == "worker_lost" or self.is_full or bool(self.lost or self.doubled)


@dataclass(frozen=True, slots=True)
class Alarm(Gravity):
    """One thing that a person should know; each kind fills what it needs.

    `worker`, `orders` handed on to `heirs`, `held` still with the lost one · `p95` against the `others`, s ·
    `letters` since it began, at a count of `base` · `share` of the memory, `is_full`: orders are refused ·
    `lost`, `doubled` and otherwise `wrong` as the audit counts them, `ids` the first."""

    kind: AlarmKind
    since_ms: int
    worker: str = ""
    orders: int = 0
    held: int = 0
    heirs: tuple[str, ...] = ()
    p95: float = 0.0
    others: float = 0.0
    letters: int = 0
    base: int = 0
    share: float = 0.0
    is_full: bool = False
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    ids: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.worker


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that changed everything after it, as a line in a chart."""

    at_ms: int
    kind: MarkKind
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """As of `at_ms`. Flow None: the minute has too few samples to say."""

    at_ms: int
    flow: Flow | None = None
    alarms: tuple[Alarm, ...] = ()
    marks: tuple[Mark, ...] = ()


async def write(lane: Lane, outlook: Outlook) -> None:
    """In one step, so that no reader sees half of it."""
    await lane.run("write_fields", keys=[lane.keys.outlook], args=interleaved(fields_of(outlook)))


def fields_of(outlook: Outlook) -> dict[str, str]:
    parts = {
        "flow": outlook.flow and asdict(outlook.flow),
        "alarms": [asdict(alarm) for alarm in outlook.alarms[:ALARMS_MOST]],
        "marks": [asdict(mark) for mark in outlook.marks[-MARKS_MOST:]],
    }
    written = {name: json.dumps(part, separators=(",", ":")) for name, part in parts.items()}
    return {"at": str(outlook.at_ms)} | written


async def read(lane: Lane) -> Outlook | None:
    """The last one written, however old; None when there was none, or when somebody else wrote it."""
    stored = pairs(await lane.command("HGETALL", lane.keys.outlook))
    try:
        parts = {name: json.loads(stored[name]) for name in ("flow", "alarms", "marks")}
        return made(Outlook, {"at_ms": int(stored["at"])} | parts)
    except (KeyError, ValueError, TypeError, RecursionError):
        return None
