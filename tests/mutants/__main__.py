"""Runs every mutant against the directed tests, and what survives them against the simulation.

`python -m tests.mutants [part of a title...]`; ends with 1 when one lives that is not known as equivalent.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tests.mutants.catalogue import EQUIVALENT, MUTANTS
from tests.mutants.library import Mutant

SEEDS = "60"
PLAIN = (
    "-q",
    "-x",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--no-header",
    "--tb=no",
)


def killer_of(mutant: Mutant) -> tuple[str, str, float]:
    """The mutant's title, who noticed it ("" for nobody), and the seconds it took."""
    start = time.monotonic()
    mutant.scripts()  # a text that is not there must not pass for a killed mutant
    os.environ |= {
        "ORDERSTREAM_MUTANT": mutant.title,
        "STREAM_SERVERS": "valkey_url",
        "SIMULATION_SEEDS": SEEDS,
    }
    killer = next((name for name, tests in _suites(mutant) if _fails(*tests)), "")
    return mutant.title, killer, time.monotonic() - start


def _suites(mutant: Mutant) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Its own step's tests first: most mutants die there, in a second."""
    own = Path("tests/streams", f"test_{mutant.file}.py")
    if own.exists():
        yield "directed", (str(own),)
    yield "directed", ("tests/streams", "--ignore=tests/streams/simulation")
    yield "random", ("tests/streams/simulation",)


def _fails(*tests: str) -> bool:
    quiet = StringIO()
    with redirect_stdout(quiet), redirect_stderr(quiet):
        code = pytest.main([*PLAIN, *tests])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest ended with {code}: {quiet.getvalue()[-2000:]}")
    return code is pytest.ExitCode.TESTS_FAILED


def main(wanted: list[str]) -> int:
    chosen = [m for m in MUTANTS if not wanted or any(part in m.title for part in wanted)]
    survivors = []
    with ProcessPoolExecutor(2) as pool:
        for title, killer, seconds in pool.map(killer_of, chosen):
            why = EQUIVALENT.get(title, "")
            if not killer and not why:
                survivors.append(title)
            word = f"killed by {killer} tests" if killer else f"equivalent: {why}" if why else "SURVIVED"
            print(f"{seconds:5.1f} s  {title:60} {word}", flush=True)  # noqa: T201 a command's output
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed or equivalent")  # noqa: T201
    for title in survivors:
        print(f"SURVIVED {title}")  # noqa: T201
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
