"""Each variant with the run in which it shows soonest and most surely, and the invariants that must tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from tests.chaos.folding import Violation
from tests.chaos.running import Options

PATIENCE_SECONDS: Final = 12.0
"""What a broken variant has lost never comes: beyond lease, sweep and back-off nothing is waited for."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Caught when an invariant of `signs` is violated in these words: all else would be chance, the kit's own
    failure, or its impatience."""

    name: str
    options: Options
    signs: Mapping[str, str]

    @property
    def control(self) -> Options:
        """The same orders and faults with all patience, for the product as it is."""
        patient = Options()
        return replace(
            self.options,
            variant="",
            give_up_seconds=patient.give_up_seconds,
            quiet_seconds=patient.quiet_seconds,
        )

    def is_told_by(self, violation: Violation) -> bool:
        words = self.signs.get(violation.invariant)
        return words is not None and words in violation.text


def _variant(name: str, signs: Mapping[str, str], only: str, faults: int = 2, **more: int | str) -> Variant:
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
    return Variant(name, replace(options, **more), signs)  # type: ignore[arg-type]


IN_THE_AIR: Final = "swallowed replies, reply cut, delay"
"""Of what is done in several steps they let some be done; under seed 5 all of them meet a worker."""
NOWHERE: Final = {"I9": "neither undelivered nor pending for anybody"}
HALF_DONE: Final = {"I6": "its events say", "I7": " came"}
FENCE: Final = {"I4": "fence"}
ALL: Final = (
    _variant(
        "acknowledge before work",
        {"I4": "had done its work", "I5": "completed without its effect"},
        "kill worker",
    ),
    _variant("no fence", FENCE, "taken over while stalled"),
    _variant(
        "MAXLEN on the order stream", {"I1": "there is no entry", "I8": "its entry is gone"}, "kill worker"
    ),
    _variant("a client that re-sends without a key", {"I2": "placed"}, "answers to clients lost", faults=1),
    _variant("an unfenced takeover", FENCE, "kill worker"),
    _variant("finish in separate commands", HALF_DONE, IN_THE_AIR, faults=9, seed=5),
    _variant("group at $", NOWHERE, "group destroyed", faults=3),
    _variant("DELCONSUMER on exit", NOWHERE, "two SIGTERM", faults=3),
    _variant("no calm", {"I4": "as lost"}, "Redis gone for all", faults=1),
    # The poison is fault enough: an innocent order must not have used up its attempts by others. It is the
    # first order, so of those that are lost with it, it is handed out first, and others of them with it.
    _variant(
        "no suspects",
        {"I1": "it is failed in the end, planned was completed"},
        "kill worker",
        faults=0,
        seed=127,
        mix="poisoned",
        attempts=2,
    ),
    # So few orders that whatever is missed is still shown in the end.
    _variant(
        "dashboard fed by the channel layer only",
        {"I11": "show the truth"},
        "Redis gone for a web",
        orders=55,
    ),
    _variant("events beside the script", HALF_DONE, "outcome unheard", faults=3),
)
VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType({each.name: each for each in ALL})
CONTROL: Final = Options(
    seed=1,
    orders=300,
    faults=12,
    only=(
        *IN_THE_AIR.split(", "),
        "taken over while stalled",
        "two SIGTERM",
        "outcome unheard",
        "Redis gone",
        "group destroyed",
        "kill worker",
        "answers to clients lost",
    ),
    mix="slow",
)
"""All faults by which variants are provoked, against the product as it is. Their own orders: --controls."""
