"""`python -m tests.mutants`: breaks the scripts in named ways, and sees whether the tests notice."""

import argparse
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

DESCRIPTION = "Run every mutant against the directed tests, and what survives them against the simulation."
EPILOG = """
First the scripts as they are must pass all of these tests: a suite that is red catches everything.

it ends with 0 when each was killed, or is known as equivalent and was not, with 1 when not, with 2 when no
mutant has such a title, with 3 when the scripts as they are fail.

examples:
  make mutants                          all: about seven minutes on two cores
  make mutants ARGS="finish sweep"      those of two scripts
"""
SEEDS = "60"
SUITES = (
    ("directed", ("tests/streams", "--ignore=tests/streams/simulation")),
    ("random", ("tests/streams/simulation",)),
)
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


ENVIRONMENT = {"STREAM_SERVERS": "valkey_url", "SIMULATION_SEEDS": SEEDS}


def fails_whole(tests: tuple[str, ...]) -> bool:
    """Do the scripts as they are?"""
    os.environ |= ENVIRONMENT
    return _fails(*tests)


def killer_of(mutant: Mutant) -> tuple[str, str, float]:
    """The mutant's title, who noticed it ("" for nobody), and the seconds it took."""
    start = time.monotonic()
    mutant.scripts()  # a text that is not there must not pass for a killed mutant
    os.environ |= {**ENVIRONMENT, "ORDERSTREAM_MUTANT": mutant.title}
    killer = next((name for name, tests in _suites(mutant) if _fails(*tests)), "")
    return mutant.title, killer, time.monotonic() - start


def _suites(mutant: Mutant) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Its own step's tests first: most mutants die there, in a second."""
    own = Path("tests/streams", f"test_{mutant.file}.py")
    if own.exists():
        yield "directed", (str(own),)
    yield from SUITES


def _fails(*tests: str) -> bool:
    quiet = StringIO()
    with redirect_stdout(quiet), redirect_stderr(quiet):
        code = pytest.main([*PLAIN, *tests])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"pytest ended with {code}: {quiet.getvalue()[-2000:]}")
    return code is pytest.ExitCode.TESTS_FAILED


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("titles", nargs="*", metavar="TITLE", help="mutants with these words in their titles")
    parser.add_argument("--list", action="store_true", help="name all, and end")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    chosen = [m for m in MUTANTS if not given.titles or any(part in m.title for part in given.titles)]
    if given.list:
        _say("\n".join(mutant.title for mutant in chosen))
        return 0
    if not chosen:
        _say(f"No mutant has {' or '.join(given.titles)} in its title; --list names them.")
        return 2
    if strangers := EQUIVALENT.keys() - {mutant.title for mutant in MUTANTS}:
        _say(f"Known as equivalent and not there: {', '.join(strangers)}")
        return 1
    if red := _red_suites():
        _say(f"The scripts as they are fail {red}: that would pass for a caught mutant.")
        return 3
    wrong = []
    with ProcessPoolExecutor(2) as pool:
        for title, killer, seconds in pool.map(killer_of, chosen):
            word, is_right = _word(title, killer)
            _say(f"{seconds:5.1f} s  {title:60} {word}")
            if not is_right:
                wrong.append(f"{title} {word}")
    _say(f"{len(chosen) - len(wrong)} of {len(chosen)} killed or equivalent")
    _say("\n".join(wrong))
    return 1 if wrong else 0


def _word(title: str, killer: str) -> tuple[str, bool]:
    """What became of it, and whether that is as it must be."""
    why = EQUIVALENT.get(title, "")
    if not killer:
        return (f"equivalent: {why}", True) if why else ("SURVIVED", False)
    return f"killed by {killer} tests" + (", though KNOWN AS EQUIVALENT" if why else ""), not why


def _red_suites() -> str:
    """Which tests fail on the whole scripts; in processes of their own, as the mutants' are."""
    with ProcessPoolExecutor(2) as pool:
        failed = pool.map(fails_whole, (tests for _, tests in SUITES))
        return " and ".join(name for (name, _), is_red in zip(SUITES, failed, strict=True) if is_red)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n" if text else "")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
