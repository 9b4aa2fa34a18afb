"""The judge's rules about whether all lived: processes, the run itself, and those who looked at it."""

import signal
from collections.abc import Iterator
from typing import Final

from tests.chaos.case import Case
from tests.chaos.folding import Violation
from tests.chaos.processes import Death

UP: Final = "up"
"""The name of a promise that needs no number: a process ends when it is made to, and then comes up again."""
STARTED_SECONDS: Final = 10.0
LOOKS_A_SECOND: Final = 1.0
"""Of four; the server may be away for a while."""
ASTRAY_SHARE: Final = 0.5
"""Of the looks at totals: a lag that the server does not know says nothing about what is astray."""


def ends(case: Case) -> Iterator[Violation]:
    """A process ends when it is killed or asked to, never by itself."""
    for death in case.facts.deaths:
        if death.code != -signal.SIGKILL and not death.is_asked:
            yield Violation(UP, death.name, f"ended by itself with {death.code}")
        elif death.is_asked and death.code not in {0, -signal.SIGKILL} and not _had_no_ear(death):
            yield Violation("I16", death.name, f"ended with {death.code} when it was asked to")


def _had_no_ear(death: Death) -> bool:
    """It may still have been starting: until then SIGTERM just ends it, and it has nothing to hand back."""
    return death.code == -signal.SIGTERM and death.lived < STARTED_SECONDS


def traces(case: Case) -> Iterator[Violation]:
    for text in case.facts.traces:
        process, _, error = text.partition(": ")
        yield Violation("I14", process, f"a stack trace in its log: {error}")


def breaches(case: Case) -> Iterator[Violation]:
    for each in case.facts.breaches:
        yield Violation(each.invariant, each.subject, each.text)


def is_over(case: Case) -> Iterator[Violation]:
    """Nothing was left to do in the end, or nobody could tell."""
    if not case.facts.is_quiet:
        yield Violation("I1", "the run", "not quiet long after load and faults", is_of_time=True)
    if not case.facts.is_still:
        yield Violation("I1", "the run", "it went on while it was judged", is_of_time=True)


def looks(case: Case) -> Iterator[Violation]:
    """What nobody looked at does not hold by that."""
    seen = case.facts.looks
    if seen.totals < seen.seconds * LOOKS_A_SECOND:
        text = f"looked at {seen.totals} times in {seen.seconds:.0f} s"
        yield Violation("I7", "the run", text, is_of_time=True)
    if seen.astray < seen.totals * ASTRAY_SHARE:
        yield Violation("I9", "the run", f"{seen.astray} of {seen.totals} looks could tell what is astray")
