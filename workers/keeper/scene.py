"""What the keeper's judges look at in one turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orderstream.streams.figures import WorkerRow
from orderstream.streams.metrics import Sample
from orderstream.streams.verdicts import Verdict
from workers.keeper.handovers import Handover


@dataclass(frozen=True, slots=True)
class Scene:
    """At one moment by the server's clock. `minute`: the samples of the last minute, oldest first. `verdict`:
    None until this keeper has audited everything once."""

    now_ms: int
    minute: Sequence[Sample] = ()
    workers: Sequence[WorkerRow] = ()
    held: Mapping[str, int] = field(default_factory=dict)
    handovers: Mapping[str, Handover] = field(default_factory=dict)
    lease_ms: int = 10_000
    is_paused: bool = False
    is_calm: bool = False
    is_full: bool = False
    failures: int = 0
    last_event_ms: int = 0
    verdict: Verdict | None = None
