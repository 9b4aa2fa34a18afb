"""What a run asks for: each order, how it is placed, what its handler does at each attempt, how it must end.

All of it follows from the seed and the order's number: clients, workers and checker agree without a word.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random
from typing import Final

LATE_SECONDS: Final = 4.0
"""How long an overrunning handler goes on after it was told to end; a worker waits 3 s for that."""
BLOCK: Final = 250
BATCH_MOST: Final = 12
NAME: Final = re.compile(r"(\d+)-(\d+)", re.ASCII)


class Fate(StrEnum):
    """What is to become of an order."""

    PLAIN = "plain"
    FLAKY = "flaky"  # fails once or twice
    PUT_OFF = "put off"  # asks for a later attempt, once or twice
    HANGING = "hanging"  # never ends by itself, at the first attempt
    OVERRUNNING = "overrunning"  # the first attempt ends long after it was given up, and has its effect then
    DEADLY = "deadly"  # kills its worker at the first attempt, before or after its effect
    REJECTED = "rejected"
    REQUEUED = "requeued"  # rejected, sent back by an operator, then completed
    DISCARDED = "discarded"  # rejected, given up by an operator
    HOPELESS = "hopeless"  # fails until its attempts are used up
    CANCELLED = "cancelled"  # hangs at every attempt, until an operator cancels it
    POISONOUS = "poisonous"  # kills its worker at every attempt, until its attempts are used up


class Deed(StrEnum):
    """What the handler does at one attempt. Only the last four have an effect."""

    FAIL = "fail"
    REJECT = "reject"
    RETRY_LATER = "retry_later"
    HANG = "hang"
    DIE = "die"
    COMPLETE = "complete"
    OVERRUN = "overrun"
    DIE_LATE = "die_late"


class Manner(StrEnum):
    """How orders are placed."""

    SINGLE = "single"
    BATCH = "batch"
    TWICE = "twice"  # at both web processes at once, with the same key
    VANISHING = "vanishing"  # the client goes while it sends or waits, and asks again later


IN_A_BLOCK: Final[Mapping[Fate, int]] = {
    Fate.FLAKY: 20,
    Fate.PUT_OFF: 10,
    Fate.HANGING: 3,
    Fate.OVERRUNNING: 2,
    Fate.DEADLY: 1,
    Fate.REJECTED: 5,
    Fate.REQUEUED: 3,
    Fate.DISCARDED: 2,
    Fate.HOPELESS: 1,
    Fate.CANCELLED: 4,
}
"""Of each 250 orders; the others are plain."""
FINAL: Final[Mapping[Fate, str]] = {
    Fate.REJECTED: "failed",
    Fate.HOPELESS: "failed",
    Fate.POISONOUS: "failed",
    Fate.DISCARDED: "cancelled",
    Fate.CANCELLED: "cancelled",
}
"""Every other order completes."""
POISON_SECONDS: Final = 1.0
"""While those that were begun with it are still at work."""


@dataclass(frozen=True, slots=True)
class Mix:
    """`fates`: how many of each 250 orders. `slow`: the share of attempts that take so many `seconds`.
    `manners`: of how many requests each is one, in the order of Manner."""

    fates: Mapping[Fate, int]
    slow: float
    seconds: tuple[float, float] = (0.5, 1.2)
    manners: tuple[int, ...] = (60, 6, 20, 14)


MIXES: Final[Mapping[str, Mix]] = {
    "usual": Mix(IN_A_BLOCK, slow=0.5),
    # Whatever happens to a worker, it has orders in hand. The hopeless would go on for more than a minute.
    "slow": Mix({**IN_A_BLOCK, Fate.HOPELESS: 0}, slow=1.0),
    # Nothing else uses up attempts, so that a few do.
    "poisoned": Mix({Fate.POISONOUS: 1}, slow=1.0, seconds=(1.2, 2.0)),
    # Many orders a second for a long time: in batches, and only faults kill a worker, so that they live.
    "long": Mix(
        {Fate.FLAKY: 20, Fate.PUT_OFF: 10, Fate.HANGING: 1, Fate.REJECTED: 5, Fate.REQUEUED: 1},
        slow=0.05,
        manners=(25, 60, 10, 5),
    ),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a client sends in one request, and when."""

    number: int
    at_seconds: float
    manner: Manner
    key: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`span_seconds`: over how long the orders are placed, evenly. `mix`: by its name in MIXES."""

    seed: int
    orders: int
    span_seconds: float = 60.0
    mix: str = "usual"

    @property
    def references(self) -> list[str]:
        return [f"{self.seed}-{number}" for number in range(self.orders)]

    def has(self, reference: str) -> bool:
        """False for what a fault wrote into the stream by hand."""
        found = NAME.fullmatch(reference)
        return bool(found) and int(found[1]) == self.seed and int(found[2]) < self.orders

    def body(self, reference: str) -> dict[str, object]:
        """As the API takes it."""
        rng = self._rng("body", reference)
        return {
            "customer_id": f"C-{rng.randrange(50)}",
            "product_id": f"P-{rng.randrange(20)}",
            "quantity": rng.randint(1, 9),
            "price": f"{rng.randint(1, 9999) / 100:.2f}",
            "reference": reference,
        }

    def submissions(self) -> Iterator[Submission]:
        """In the order of their times."""
        rng, at, number = self._rng("submissions"), 0, 0
        while at < self.orders:
            manner = rng.choices(list(Manner), MIXES[self.mix].manners)[0]
            count = rng.randint(2, BATCH_MOST) if manner is Manner.BATCH else 1
            names = tuple(f"{self.seed}-{n}" for n in range(at, min(at + count, self.orders)))
            key = f"chaos-{self.seed}-{number}"
            yield Submission(number, at * self.span_seconds / self.orders, manner, key, names)
            at, number = at + count, number + 1

    def fate(self, reference: str) -> Fate:
        found = NAME.fullmatch(reference)
        if found is None:
            return Fate.PLAIN
        block, place = divmod(int(found[2]), BLOCK)
        return _fates(self.mix, int(found[1]), block)[place]

    def deed(self, reference: str, attempt: int, round_: int = 1) -> Deed:
        """What the handler does at this attempt of this round, both from 1."""
        match self.fate(reference):
            case Fate.FLAKY if attempt <= self._times(reference):
                return Deed.FAIL
            case Fate.PUT_OFF if attempt <= self._times(reference):
                return Deed.RETRY_LATER
            case Fate.HANGING if attempt == 1:
                return Deed.HANG
            case Fate.OVERRUNNING if attempt == 1:
                return Deed.OVERRUN
            case Fate.DEADLY if attempt == 1:
                return self._rng("deadly", reference).choice([Deed.DIE, Deed.DIE_LATE])
            case Fate.POISONOUS:
                return Deed.DIE
            case Fate.REJECTED | Fate.DISCARDED:
                return Deed.REJECT
            case Fate.REQUEUED if round_ == 1:
                return Deed.REJECT
            case Fate.HOPELESS:
                return Deed.FAIL
            case Fate.CANCELLED:
                return Deed.HANG
        return Deed.COMPLETE

    def seconds(self, reference: str, attempt: int) -> float:
        """How long the attempt works before it does its deed."""
        fate, rng, mix = self.fate(reference), self._rng("seconds", reference, attempt), MIXES[self.mix]
        if fate is Fate.POISONOUS:
            return POISON_SECONDS
        is_slow = rng.random() < mix.slow and fate is not Fate.HOPELESS  # it has many attempts before it
        return rng.uniform(*mix.seconds) if is_slow else rng.uniform(0.0, 0.1)

    def final(self, reference: str) -> str:
        """The status that the order must have in the end.

        Faults use up attempts too: a worker that dies or stalls costs each of its orders one. A deed depends
        on the number of the attempt, so a planned failure may be passed by, and nothing else changes. The
        limit of attempts is set far above what faults can use up: only the hopeless come to it.
        """
        return FINAL.get(self.fate(reference), "completed")

    def _times(self, reference: str) -> int:
        return self._rng("times", reference).randint(1, 2)

    def _rng(self, *what: object) -> Random:
        return Random(f"{self.seed} {what}")


@cache
def _fates(mix: str, seed: int, block: int) -> tuple[Fate, ...]:
    fates = [fate for fate, count in MIXES[mix].fates.items() for _ in range(count)]
    fates += [Fate.PLAIN] * (BLOCK - len(fates))
    Random(f"{seed} {block}").shuffle(fates)
    return tuple(fates)
