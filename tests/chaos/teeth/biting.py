"""Runs one variant, and says whether what is broken was caught by what must tell it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Final

from orderstream.streams.ending import run as run_to_its_end
from tests.chaos import running, world
from tests.chaos.running import Options, Run, Say
from tests.chaos.teeth.patches import CLIENTS, PATCHES, PRODUCT
from tests.chaos.teeth.seams import Seams
from tests.chaos.teeth.variants import Variant

FIRST_SHOWN: Final = 200  # characters; the JSON has all


@dataclass(frozen=True, slots=True)
class Bite:
    """What became of one variant. `caught_by`: its own invariants that were violated; `first`: in words.
    `violated`: how often each invariant was, `faults`: what each of them did."""

    name: str
    caught_by: Sequence[str]
    violated: dict[str, int]
    first: str
    faults: Sequence[str]
    seconds: float

    @property
    def is_caught(self) -> bool:
        return bool(self.caught_by)

    @property
    def line(self) -> str:
        word = f"caught by {', '.join(self.caught_by)}" if self.is_caught else "NOT CAUGHT"
        first = shorten(self.first or "nothing was violated", FIRST_SHOWN)
        return f"{self.name}: {word} in {self.seconds:.0f} s; {first}"


def bite(variant: Variant, options: Options, say: Say) -> tuple[Bite, Run]:
    """AttributeError or LookupError where what it breaks is not there any more."""
    patch = PATCHES[variant.name]
    for kind in sorted(PRODUCT):
        with Seams() as seams:  # tried here: a process of the run would only die of it, again and again
            patch.apply(seams, kind)
    with Seams() as seams:
        patch.apply(seams, CLIENTS)
        run = run_to_its_end(running.run(options, world.new_folder(options.seed), say))
    return judged(variant, run), run


def judged(variant: Variant, run: Run) -> Bite:
    violations = run.verdict.violations
    counts = Counter(violation.invariant for violation in violations)
    told = [violation for violation in violations if variant.is_told_by(violation)]
    return Bite(
        variant.name,
        sorted({violation.invariant for violation in told}),
        dict(counts),
        next((f"{v.invariant} {v.subject}: {v.text}" for v in (*told, *violations)), ""),
        [f"{each.name}: {each.what or each.failure}" for each in run.struck],
        round(run.seconds, 1),
    )


def table(bites: Sequence[Bite]) -> str:
    width = max(len(each.name) for each in bites)
    row: Callable[..., str] = f"{{:{width}}}  {{:>7}}  {{:9}}  {{}}".format
    lines = [row("variant", "seconds", "caught by", "how often each was violated")]
    for each in bites:
        all_ = ", ".join(f"{name} {count}" for name, count in sorted(each.violated.items()))
        lines.append(
            row(each.name, f"{each.seconds:.0f}", " ".join(each.caught_by) or "NOT", all_ or "nothing")
        )
    caught = sum(each.is_caught for each in bites)
    lines.append(f"{caught} of {len(bites)} caught in {sum(each.seconds for each in bites):.0f} s")
    return "\n".join(lines)
