"""What a fault says of itself when it is over."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from tests.chaos.world import World


@dataclass(frozen=True, slots=True)
class Done:
    """`has_hit`: it met something. A fault that met nobody proves nothing; the report says how many did.
    `silent_seconds`: for so long, up to its end, nobody at all reached the server."""

    what: str
    has_hit: bool = True
    silent_seconds: float = 0.0
    healed_at: float = field(default_factory=time.time)


Fault: TypeAlias = Callable[[World, Random], Awaitable[Done]]
"""Breaks something, mends it, and says what it did; holds what it works on against other faults."""
