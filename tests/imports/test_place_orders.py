"""The command as people and scripts meet it: options, sentences, exit codes."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from orderstream.management.commands.place_orders import Command
from tests.imports.importing import write_orders

Answer = tuple[int, str]
Ask = Callable[..., Answer]
FILE = "FILE"
HEADER = "customer_id,product_id,quantity,price"


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give the command these words (FILE is a good file) and get its exit code and what it said."""
    good = write_orders(tmp_path / "good.csv", 3)

    def ask(*words: object) -> Answer:
        given = [str(good) if word == FILE else str(word) for word in words]
        code = 0
        try:
            Command().run_from_argv(["manage.py", "place_orders", *given])
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return ask


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "one of the arguments --csv --count is required"),
        (("--csv", FILE, "--count", "3"), "not allowed with"),
        (("--csv",), "expected one argument"),
        (("--csv", FILE, "--colour", "red"), "unrecognized arguments"),
        (("--csv", FILE, "--rate", "3"), "--rate goes with --count"),
        (("--csv", FILE, "--seed", "3"), "--seed goes with --count"),
        (("--count", "3", "--map", "price=X"), "--map goes with --csv"),
        (("--count", "3", "--preset", "online-retail"), "--preset goes with --csv"),
        (("--count", "3", "--delimiter", ";"), "--delimiter goes with --csv"),
        (("--count", "3", "--rejects", "r.csv"), "--rejects goes with --csv"),
        (("--count", "3", "--dry-run"), "--dry-run goes with --csv"),
        (("--count", "3", "--again"), "--again goes with --csv"),
        (("--count", "3", "--strict"), "--strict goes with --csv"),
        (("--count", "0"), "0 is not a whole number from 1 to 1,000,000,000"),
        (("--count", "many"), "many is not a whole number"),
        (("--count", "١٢"), "is not a whole number"),
        (("--count", "9" * 5_000), "is not a whole number"),
        (("--count", "3", "--rate", "0"), "0 is not a rate"),
        (("--count", "3", "--rate", "nan"), "nan is not a rate"),
        (("--count", "3", "--rate", "inf"), "inf is not a rate"),
        (("--count", "3", "--rate", "fast"), "fast is not a rate"),
        (("--count", "3", "--seed", "x"), "invalid int value"),
        (("--count", "3", "--batch", "0"), "0 is not a whole number from 1 to 1,000"),
        (("--count", "3", "--batch", "1001"), "1001 is not a whole number from 1 to 1,000"),
        (("--count", "3", "--patience", "-1"), "is not a whole number"),
        (("--csv", FILE, "--delimiter", "ab"), "ab is not a delimiter"),
        (("--csv", FILE, "--delimiter", '"'), "is not a delimiter"),
        (("--csv", FILE, "--preset", "offline"), "invalid choice: 'offline'"),
        (("--csv", FILE, "--preset", "online-retail"), "The column CustomerID is not there"),
        (("--csv", FILE, "--map", "prize=X"), "--map prize=X is not FIELD=COLUMN"),
        (("--csv", FILE, "--map", "price=Cost"), "The column Cost is not there; the file has: customer_id,"),
        (("--csv", FILE, "--delimiter", ";"), "is not there; the file has: customer_id,product_id"),
        (("--csv", FILE, "--dry-run", "--rejects", FILE), "exists and is not overwritten"),
        (("--csv", FILE, "--dry-run", "--rejects", "/nowhere/r.csv"), "No such file or directory"),
        (("--csv", "/nowhere/o.csv"), "/nowhere/o.csv cannot be read: No such file or directory."),
        (("--csv", "/"), "cannot be read: Is a directory."),
        (("--csv", "/dev/null"), "The file is empty"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_1(ask: Ask, words: tuple[str, ...], sentence: str) -> None:
    code, said = ask(*words)

    assert code == 1
    assert sentence in said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_pipe_is_refused(ask: Ask, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, HEADER.encode())
    os.close(writing)
    code, said = ask("--csv", f"/dev/fd/{reading}")
    os.close(reading)

    assert code == 1
    assert "not a regular file" in said


def test_help_names_every_option_and_exit_code(ask: Ask) -> None:
    code, said = ask("--help")

    assert code == 0
    for word in ("--csv", "--map", "--preset", "--again", "--rejects", "--strict", "kill -9", "exit codes:"):
        assert word in said
    assert re.search(r"^  2  ", said, re.MULTILINE)


def test_a_dry_run_counts_and_places_nothing(ask: Ask, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20, bad_lines=[3, 4])
    rejects = tmp_path / "r.csv"

    code, said = ask("--csv", path, "--dry-run", "--rejects", rejects)

    assert (code, said.splitlines()[0]) == (
        0,
        f"Would be placed: 18. Refused: 2. Nothing was placed. Refused lines are in {rejects}.",
    )
    assert len(rejects.read_text().splitlines()) == 3


def test_a_dry_run_leaves_no_rejects_file_that_nobody_named(ask: Ask, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20, bad_lines=[3, 4])

    ask("--csv", path, "--dry-run")

    assert not (tmp_path / "o.rejects.csv").exists()


def test_strict_fails_for_refused_lines(ask: Ask, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20, bad_lines=[3, 4])

    code, said = ask("--csv", path, "--dry-run", "--strict")

    assert code == 1
    assert "Refused lines: 2." in said


@pytest.mark.parametrize(("name", "mark"), [(";", ";"), ("tab", "\t"), ("sniff", "|")])
def test_other_delimiters(ask: Ask, tmp_path: Path, name: str, mark: str) -> None:
    path = tmp_path / "o.csv"
    path.write_text(f"{HEADER}\nC,P,2,4.15\n".replace(",", mark))

    code, said = ask("--csv", path, "--dry-run", "--delimiter", name)

    assert (code, said.split(". ")[0]) == (0, "Would be placed: 1")
