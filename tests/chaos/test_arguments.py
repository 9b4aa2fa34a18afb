"""Arguments that would make a run prove nothing are refused by name, before anything starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.processes import ROOT


def told(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--seeds", "0"), "argument --seeds: 0 is too few; use 1 or more"),
        (("--orders", "-5"), "argument --orders: -5 is too few; use 1 or more"),
        (("--faults", "many"), "argument --faults: 'many' is no whole number"),
        (("--minutes", "0"), "argument --minutes: 0 minutes cannot be had; use more than 0"),
        (("--minutes", "nan"), "argument --minutes: nan minutes cannot be had; use more than 0"),
    ],
)
def test_a_number_with_which_nothing_would_be_shown_is_refused(words: tuple[str, str], why: str) -> None:
    code, said = told("tests.chaos", *words)
    assert (code, said) == (2, f"python -m tests.chaos: error: {why}")


@pytest.mark.parametrize("command", ["tests.chaos", "tests.chaos.teeth"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(command: str, tmp_path: Path) -> None:
    for name in (tmp_path, tmp_path / "nowhere" / "verdicts.json"):
        code, said = told(command, "--json", str(name))
        assert (code, said) == (
            2,
            f"python -m {command}: error: argument --json: {name} cannot be written: "
            "name a file in a folder that is there",
        )
