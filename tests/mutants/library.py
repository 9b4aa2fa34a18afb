"""The scripts as the tests run them: whole, or with the one fault that ORDERSTREAM_MUTANT names."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orderstream.streams.scripts import SCRIPTS, Script, compose, texts


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands in the file once and becomes `new`."""

    file: str
    name: str
    old: str
    new: str

    @property
    def title(self) -> str:
        return f"{self.file}: {self.name}"

    def scripts(self) -> Mapping[str, Script]:
        return mutated([self])


def mutated(mutants: Iterable[Mutant]) -> Mapping[str, Script]:
    """The scripts with all of these faults; LookupError where the text of one is not there."""
    sources = texts()
    for mutant in mutants:
        found = sources[mutant.file].count(mutant.old)
        if found != 1:
            raise LookupError(f"{mutant.title}: its text stands {found} times in {mutant.file}.lua")
        sources[mutant.file] = sources[mutant.file].replace(mutant.old, mutant.new)
    return compose(sources)


def mutated_scripts() -> Mapping[str, Script]:
    title = os.environ.get("ORDERSTREAM_MUTANT")
    if not title:
        return SCRIPTS
    # Imported here: the catalogue is long, and only the mutants' own run needs it.
    from tests.mutants.catalogue import MUTANTS

    return next(mutant for mutant in MUTANTS if mutant.title == title).scripts()
