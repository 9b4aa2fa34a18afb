"""Each variant with the run in which it shows soonest and most surely, and the invariants that must tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from tests.chaos.running import Options

PATIENCE_SECONDS: Final = 12.0
"""What a broken variant has lost never comes: beyond lease, sweep and back-off nothing is waited for."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Caught when one of `invariants` is violated: another one would be chance, or the kit's own failure."""

    name: str
    options: Options
    invariants: frozenset[str]

    @property
    def control(self) -> Options:
        """The same run of a product that is not broken."""
        return replace(self.options, variant="")


def _variant(name: str, invariants: str, only: str, faults: int = 2, **more: int | str) -> Variant:
    """`only`: faults, by commas."""
    options = Options(
        orders=200,
        faults=faults,
        only=tuple(only.split(", ")),
        mix="slow",
        variant=name,
        give_up_seconds=PATIENCE_SECONDS,
        quiet_seconds=PATIENCE_SECONDS,
    )
    return Variant(name, replace(options, **more), frozenset(invariants.split()))  # type: ignore[arg-type]


IN_THE_AIR: Final = "swallowed replies, reply cut, delay"
"""Of what is done in several steps they let some be done; under seed 5 all of them meet a worker."""
ALL: Final = (
    _variant("acknowledge before work", "I4 I5", "kill worker"),
    _variant("no fence", "I4", "taken over while stalled"),
    _variant("MAXLEN on the order stream", "I1 I8", "kill worker"),
    _variant("a client that re-sends without a key", "I2", "answers to clients lost", faults=1),
    _variant("an unfenced takeover", "I4", "kill worker"),
    _variant("finish in separate commands", "I6 I7", IN_THE_AIR, faults=5, seed=5),
    _variant("group at $", "I9", "group destroyed", faults=3),
    _variant("DELCONSUMER on exit", "I9", "two SIGTERM", faults=3),
    _variant("no calm", "I4", "Redis gone for all", faults=1),
    # The poison is fault enough: an innocent order must not have used up its attempts by others.
    _variant("no suspects", "I1", "kill worker", faults=0, seed=2, mix="poisoned", attempts=3),
    # So few orders that whatever is missed is still shown in the end.
    _variant("dashboard fed by the channel layer only", "I11", "Redis gone for a web", orders=55),
    _variant("events beside the script", "I6 I7", IN_THE_AIR, faults=5, seed=5),
)
VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType({each.name: each for each in ALL})
CONTROL: Final = Options(
    seed=1,
    orders=250,
    faults=8,
    only=(
        *IN_THE_AIR.split(", "),
        "taken over while stalled",
        "two SIGTERM",
        "Redis gone",
        "group destroyed",
    ),
    mix="slow",
)
"""All by which variants are provoked, against the product as it is."""
