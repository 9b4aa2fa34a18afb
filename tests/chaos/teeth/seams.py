"""Replaces named parts of the product in this process, and puts them back; what is not there is an error."""

from collections.abc import Callable
from typing import Any

from orderstream.streams import lane
from tests.mutants.library import Mutant, mutated


class Seams:
    """AttributeError or LookupError where a seam has moved: a variant that breaks nothing proves nothing."""

    def __init__(self) -> None:
        self.replaced: dict[tuple[Any, str], Any] = {}
        """What stood there, by its owner and name."""

    def __enter__(self) -> "Seams":
        return self

    def __exit__(self, *_error: object) -> None:
        for (owner, name), original in self.replaced.items():
            setattr(owner, name, original)

    def wrap(self, owner: object, name: str, make: Callable[[Any], Any]) -> None:
        """In the place of `owner.name`: what `make` makes of it."""
        original = getattr(owner, name)
        setattr(owner, name, make(original))
        self.replaced.setdefault((owner, name), original)

    def scripts(self, *faults: Mutant) -> None:
        """For each lane that is opened from now on."""
        self.wrap(lane, "SCRIPTS", lambda _whole: mutated(faults))
