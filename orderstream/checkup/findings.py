"""What a look at the server found, and how bad that is as a whole."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    FINE = 0
    # Works, and may cost something one day.
    WARNING = 1
    FAILURE = 2

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what was looked at, `what` says what was seen and `remedy` what to do; both for people.
    `cause`, for programs, where an error told it: a value of streams/causes.py."""

    check: str
    level: Level
    what: str
    remedy: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """Milliseconds, over `count` of them."""

    p50: float
    p99: float
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    address: str
    findings: Sequence[Finding]
    round_trips: RoundTrips | None = None

    @property
    def level(self) -> Level:
        return max((finding.level for finding in self.findings), default=Level.FINE)

    def as_json(self) -> dict[str, Any]:
        trips = self.round_trips
        return {
            "address": self.address,
            "level": self.level.word,
            "round_trip_ms": trips and {"p50": trips.p50, "p99": trips.p99, "count": trips.count},
            "findings": [asdict(each) | {"level": each.level.word} for each in self.findings],
        }
