"""Refused lines are written whole, cut back to a known size, and never over somebody's file."""

from pathlib import Path

import pytest

from orderstream.imports.records import Position, Record, Records, UnreadableFile, header
from orderstream.imports.rejects import RefusedLine, RejectsFile, free_path

NAMES = ("a", "b")


def refused(line: int, *cells: str) -> RefusedLine:
    return RefusedLine(Record(line, cells, Position(line + 1, 0)), "why, exactly")


def test_a_refused_line_can_be_read_back_with_the_same_columns(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rejects = RejectsFile.create(path, NAMES)
    rejects.add([refused(3, 'quo"te', "two\nlines")])
    rejects.close()

    with path.open("rb") as file:
        first = header(file)
        (found,) = Records(file, first.after)
    assert first.cells == ("line", "reason", "a", "b")
    assert found.cells == ("3", "why, exactly", 'quo"te', "two\nlines")


def test_bytes_that_are_not_utf_8_stay_as_they_were(tmp_path: Path) -> None:
    rejects = RejectsFile.create(tmp_path / "r.csv", NAMES)
    rejects.add([refused(3, b"caf\xe9".decode("utf-8", "surrogateescape"), "x")])
    rejects.close()

    assert b"caf\xe9,x" in rejects.path.read_bytes()


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("mine")

    with pytest.raises(UnreadableFile, match="is not overwritten"):
        RejectsFile.create(path, NAMES)
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"):
        RejectsFile.create(tmp_path / "nowhere" / "r.csv", NAMES)


def test_what_was_not_remembered_is_cut_off(tmp_path: Path) -> None:
    rejects = RejectsFile.create(tmp_path / "r.csv", NAMES)
    rejects.add([refused(2, "kept", "")])
    size = rejects.size
    rejects.add([refused(3, "again", "")])
    rejects.close()

    reopened = RejectsFile.reopen(rejects.path, size)
    assert reopened is not None
    reopened.add([refused(4, "", "")])
    reopened.close()

    assert [row.split(",")[0] for row in rejects.path.read_text().splitlines()] == ["line", "2", "4"]


def test_a_file_that_is_gone_or_shorter_is_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    assert RejectsFile.reopen(path, 10) is None
    path.write_text("short")
    assert RejectsFile.reopen(path, 10) is None
    assert path.read_text() == "short"


def test_a_free_name_is_found_beside_the_file(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    first = free_path(source)
    first.touch()

    assert first.name == "orders.rejects.csv"
    assert free_path(source).name == "orders.rejects-2.csv"
