"""What orders are held against, what is kept in memory, and the words for what cannot be judged."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rules:
    """`bound_ms`: by how much a sweep may be late before an order counts as left idle. `attempts` and
    `backoff_ms` go to the sweep; `attempts` None: the limit is not known, and nothing is swept, for an order
    might be ended too early (I10). `attempts_most` is what can be configured at all."""

    bound_ms: int
    attempts: int | None
    attempts_most: int
    backoff_ms: int
    actor: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is kept in memory: open orders at about 1.5 kB, the ids of those to be read again, and of those
    that had moved when they were, how many are read in one pass, and what looks wrong."""

    page: int = 1_000
    open: int = 50_000
    anew: int = 200_000
    late: int = 200_000
    together: int = 20_000
    suspects: int = 10_000


class Unjudged(StrEnum):
    """What could not be judged; reports count each."""

    GARBAGE = "entries of the events log that are no events of ours"
    TRIMMED = "orders whose first events are gone from the log"
    TORN = "orders whose events were trimmed away while they were read"
    REPLACED = "times that the log was replaced by an older one, so that the audit began anew"
    GROUPLESS = "consumer groups that are gone, so that nobody knows what was delivered"
    LATE = "orders that moved while the log was read, beyond those that are kept in mind"
    CALM = "orders in nobody's pending list in a calm (an outage, a change of lease) or while no worker beats"
    UNWRITABLE = "orders in nobody's pending list, on a server that takes no writes"
    UNLIMITED = (
        "orders in nobody's pending list, while the configuration cannot be read that limits their attempts"
    )
    TOTALS = "totals that differ by no more than what the missing or damaged events may explain"
    TOO_MANY = "further orders that could not be judged, beyond those that are kept in mind"


PASSING = (
    Unjudged.GROUPLESS,
    Unjudged.CALM,
    Unjudged.UNWRITABLE,
    Unjudged.UNLIMITED,
    Unjudged.TOTALS,
)
"""Each round judges these anew; the others only an audit that begins at the beginning."""
