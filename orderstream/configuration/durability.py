"""The levels of durability: what of the accepted orders may be lost with the server that holds them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Durability(StrEnum):
    """Each says what must be true before an order is answered; docs/RELIABILITY.md has the costs."""

    # The server has it in memory.
    MEMORY = "memory"
    # And on disk within a second.
    EVERYSEC = "everysec"
    # On disk before the answer.
    ALWAYS = "always"
    # At replicas before the answer, and on disk within a second.
    REPLICATED = "replicated"


@dataclass(frozen=True, slots=True)
class DurabilityConf:
    """What is asked of the server. `is_chosen` False: nobody named a level, so its default only warns."""

    level: Durability
    is_chosen: bool
    # How many must have an order, and for how long that is waited for; of `replicated` alone.
    replicas: int
    replica_wait: timedelta
