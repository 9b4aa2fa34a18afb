"""What may be changed while processes run, as frozen values: from the environment, and over it from SQL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Tuning:
    """Each field bears the name of its column; rules.py says what is possible."""

    # Dotted path of an `async def` or a plain function.
    handler: str
    # In each round.
    attempts: int
    backoff_base: timedelta
    backoff_cap: timedelta
    # How long a silent worker is still believed alive.
    lease: timedelta
    # Of one attempt.
    time_limit: timedelta
    # Unfinished orders; beyond it placing is refused.
    backlog_limit: int
    # What a person wants orders to keep within; nothing is cut short by them.
    target_waiting: timedelta
    target_processing: timedelta
    # Of the handler `simulate`.
    shortest: timedelta
    longest: timedelta
    # Share of its attempts that fail, 0 to 1.
    failure_rate: float


@dataclass(frozen=True, slots=True)
class Fixed:
    """What only a restart changes and a lease must go with."""

    beat: timedelta
    sweep_interval: timedelta


@dataclass(frozen=True, slots=True)
class Stored:
    """What SQL said at a version. A field that is not in `given` is as the environment says."""

    version: int = 0
    given: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
