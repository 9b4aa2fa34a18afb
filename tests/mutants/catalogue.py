"""Every mutant of the scripts, and those that no test can tell from the whole, with the reason."""

from collections.abc import Mapping
from typing import Final

from tests.mutants import auditing, limiting, prelude, putting_back, taking, telling
from tests.mutants.library import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *prelude.MUTANTS,
    *taking.MUTANTS,
    *putting_back.MUTANTS,
    *telling.MUTANTS,
    *limiting.MUTANTS,
    *auditing.MUTANTS,
)

# title -> why nobody can notice
EQUIVALENT: Final[Mapping[str, str]] = {
    "finish: retry acknowledged": "parking makes the entry pending again, by force, in the same step",
}
