"""The one place that reads which variant a process of the kit is: how it is broken on purpose, if it is."""

import os


def break_this_process(kind: str) -> None:
    """Once Django is set up; AttributeError or LookupError where what is to be broken is not there."""
    if name := os.environ.get("CHAOS_VARIANT"):
        # Only now: a run that is not broken needs nothing of it.
        from tests.chaos.teeth.patches import PATCHES
        from tests.chaos.teeth.seams import Seams

        PATCHES[name].apply(Seams(), kind)
