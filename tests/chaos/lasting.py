"""The judge's rules about a run that lasts: warm memory is flat, and what comes and goes has gone."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from tests.chaos.case import Case
from tests.chaos.folding import Violation
from tests.chaos.growth import growth

MORE_BYTES: Final = 8 << 20
"""An allocator gives back in pieces, and whoever loses its server reads once more what it holds of it."""
KEEPS_ALL: Final = "server"
"""It holds every order, so its memory grows with them."""
CONNECTIONS_MORE: Final = 16
"""One burst may not have filled a web process's pools, and they keep what they open."""


def flat(case: Case) -> Iterator[Violation]:
    for lifetime in case.facts.lifetimes:
        if lifetime.name == KEEPS_ALL or (grown := growth(lifetime, case.facts.happenings)) is None:
            continue
        warm, last = grown
        if last - warm > MORE_BYTES:
            lived = lifetime.resident[-1][0]
            yield Violation(
                "I12", lifetime.name, f"grew from {warm >> 20} to {last >> 20} MB in {lived:.0f} s"
            )


def gone(case: Case) -> Iterator[Violation]:
    """Back to what there was before load and faults; of connections, to what there was when all was warm."""
    before, after = case.facts.before, case.facts.after
    if before is None or after is None:
        return
    more = {"connections": CONNECTIONS_MORE}
    for name, was in asdict(before).items():
        if (now := getattr(after, name)) > was + more.get(name, 0):
            yield Violation("I12", name, f"{now} in the end, {was} before")
