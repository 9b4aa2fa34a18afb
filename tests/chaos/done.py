"""What a fault says of itself when it is over."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from tests.chaos.facts import Breach
from tests.chaos.world import World


@dataclass(frozen=True, slots=True)
class Done:
    """`has_hit`: it met something. A fault that met nobody proves nothing: the report names it, and a run in
    which many did not is no good. `silent_seconds`: for so long, up to its end, nobody at all reached the
    server."""

    what: str
    has_hit: bool
    silent_seconds: float = 0.0
    healed_at: float = field(default_factory=time.time)


class Broken(Exception):  # noqa: N818 a promise, not the fault
    """A fault saw this promise broken before the judge could: the invariant, whose it was, what was seen."""

    def __init__(self, invariant: str, subject: str, text: str) -> None:
        super().__init__(invariant, subject, text)
        self.breach = Breach(invariant, subject, text)


Fault: TypeAlias = Callable[[World, Random], Awaitable[Done]]
"""Breaks something, mends it, and says what it did; holds what it works on against other faults. Broken."""
