"""The reader gives every line a number and breaks none but the bad ones."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderstream.imports.records import (
    LONGEST_RECORD,
    NOT_CSV,
    NOT_UTF_8,
    TOO_LONG,
    Position,
    Record,
    Records,
    UnreadableFile,
    header,
    sniffed_delimiter,
)

cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# A row of one empty cell is a blank line, which is passed over.
rows = st.lists(st.lists(cells, min_size=2, max_size=5), max_size=20)


BEGINNING = Position(1, 0)


def read(data: bytes, start: Position = BEGINNING) -> list[Record]:
    return list(Records(io.BytesIO(data), start))


def written(table: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    return text.getvalue().encode()


@given(rows)
def test_what_was_written_is_read(table: list[list[str]]) -> None:
    found = read(written(table))

    assert [list(record.cells) for record in found] == table
    assert not any(record.problem for record in found)


@given(rows)
def test_reading_on_after_any_record_gives_the_rest(table: list[list[str]]) -> None:
    data = written(table)
    found = read(data)

    for place, record in enumerate(found):
        assert read(data, record.after) == found[place + 1 :]


@given(st.binary(max_size=400))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    found = read(data)

    numbers = [record.line for record in found]
    assert numbers == sorted(set(numbers))
    ends = [record.after.offset for record in found]
    assert ends == sorted(set(ends))
    assert not ends or ends[-1] <= len(data)


@given(st.lists(st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b" ")), max_size=12))
def test_every_line_is_in_exactly_one_record_or_blank(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    found = read(data)

    starts = {record.line for record in found}
    inside = {n for record in found for n in range(record.line + 1, record.after.line)}
    blank = {n for n, line in enumerate(lines, 1) if not line.strip()}
    assert not starts & inside
    assert set(range(1, len(lines) + 1)) - starts - inside <= blank


def test_a_record_is_numbered_by_its_first_line() -> None:
    found = read(b'a,b\n"two\nlines",c\nd,e\n')

    assert [(record.line, record.cells) for record in found] == [
        (1, ("a", "b")),
        (2, ("two\nlines", "c")),
        (4, ("d", "e")),
    ]


def test_a_line_that_is_not_utf_8_breaks_only_itself() -> None:
    found = read(b"a,b\ncaf\xe9,c\nd,e\n")

    assert [record.problem for record in found] == [None, NOT_UTF_8, None]
    assert found[1].cells[0].encode("utf-8", "surrogateescape") == b"caf\xe9"


def test_a_quotation_mark_that_is_never_closed_breaks_only_its_line() -> None:
    data = b'a,b\n"open,c\n' + b"d,e\n" * 50_000

    found = read(data)

    assert [record.line for record in found if record.problem] == [2]
    assert found[1].problem == NOT_CSV
    assert len(found) == 50_002


def test_text_behind_a_closing_quotation_mark_is_refused() -> None:
    assert read(b'"a" b,c\n')[0].problem == NOT_CSV


def test_a_quotation_mark_cut_off_at_the_longest_record_does_not_close_it() -> None:
    opening = b'"' + b"x" * 100 + b"\n"
    filler = b"y" * (LONGEST_RECORD - len(opening) - 1) + b'"'

    found = read(opening + filler + b"tail,z\nd,e\n")

    assert found[0].problem == NOT_CSV
    assert found[-1].cells == ("d", "e")


def test_a_line_that_is_too_long_breaks_only_itself() -> None:
    found = read(b"a,b\n" + b"x" * (3 * LONGEST_RECORD) + b"\nd,e\n")

    assert [record.problem for record in found] == [None, TOO_LONG, None]
    assert found[2].line == 3
    assert len(found[1].cells[0]) < 100


def test_blank_lines_are_counted_but_give_no_record() -> None:
    assert [record.line for record in read(b"\n  \r\na,b\n\n\nc,d")] == [3, 6]


def test_windows_line_ends_are_no_part_of_a_cell() -> None:
    assert [record.cells for record in read(b"a,b\r\nc,d\r\n")] == [("a", "b"), ("c", "d")]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with BOM"])
def test_the_header_names_the_columns(mark: bytes) -> None:
    file = io.BytesIO(mark + b" a ,b\n1,2\n")

    first = header(file)

    assert first.cells == ("a", "b")
    assert [record.cells for record in Records(file, first.after)] == [("1", "2")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"caf\xe9,b\n", "UTF-8"),
        (b'"a,b\n', "CSV"),
    ],
)
def test_a_file_without_a_readable_header_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        header(io.BytesIO(data))


@pytest.mark.parametrize(
    ("line", "mark"), [(b"a;b;c", ";"), (b"a\tb", "\t"), (b"a|b", "|"), (b"a", ","), (b"a,b;c,d", ",")]
)
def test_the_delimiter_is_guessed_from_the_first_line(line: bytes, mark: str) -> None:
    assert sniffed_delimiter(io.BytesIO(line)) == mark
