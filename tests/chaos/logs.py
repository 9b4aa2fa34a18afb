"""Stack traces in what processes wrote: those that the plan and the fail points let happen, and others."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TRACE: Final = "Traceback (most recent call last):"
CHAINED: Final = ("During handling of the above exception", "The above exception was the direct cause")
LOGGED: Final = re.compile(r"\d{4}-\d\d-\d\dT")
"""A line of the log; others go on with one, or come from outside of it."""
PLANNED: Final = ("PlannedFailure(", "armed to fail")
PRODUCT: Final = ("web-", "worker-", "keeper-")
SHOWN: Final = 200


def traces(folder: Path) -> list[str]:
    """Those that nobody planned, as `process: line that it belongs to`."""
    paths = (path for path in sorted(folder.glob("*.log")) if path.name.startswith(PRODUCT))
    return [f"{path.stem}: {line}" for path in paths for line in unplanned(path.read_text(errors="replace"))]


def unplanned(text: str) -> Iterator[str]:
    """For each stack trace that was not planned: the line of the log that it explains, or itself."""
    said = before = ""
    for line in filter(None, text.splitlines()):
        if line == TRACE and not before.startswith(CHAINED):
            owner = said if said and before is said else line
            if not any(words in owner for words in PLANNED):
                yield owner[:SHOWN]
        if LOGGED.match(line):
            said = line
        before = line
