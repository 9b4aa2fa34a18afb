"""A CSV file as numbered records in bounded memory; a line that is not UTF-8 or CSV breaks only itself."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.utils.translation import gettext, gettext_noop

LONGEST_RECORD: Final = 64 * 1024  # bytes; a quote that is never closed swallows no more than this
_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

NOT_UTF_8: Final = gettext_noop("The line is not UTF-8.")
TOO_LONG: Final = gettext_noop("The line is longer than 64 kB.")
NOT_CSV: Final = gettext_noop(
    "The line is not CSV: quotation marks must match, and be doubled inside a cell."
)


class UnreadableFile(Exception):  # noqa: N818 names the thing, as callers read it
    """The file as a whole cannot be imported; the message is one sentence for the person who named it."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record starts: its line (the file's first is 1) and its byte."""

    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One row. Bytes that are not UTF-8 are surrogate escapes: written again they are the same bytes."""

    line: int
    cells: tuple[str, ...]
    after: Position
    problem: str | None = None


class Records:
    """The records from `start` on; blank lines are passed over. The file is read once, forwards."""

    def __init__(self, file: BinaryIO, start: Position, delimiter: str = ",") -> None:
        self._file, self._delimiter = file, delimiter
        self._line, self._offset = start.line, start.offset
        file.seek(start.offset)

    def __iter__(self) -> Iterator[Record]:
        while first := self._file.readline(LONGEST_RECORD):
            number = self._line
            if len(first) == LONGEST_RECORD and not first.endswith(b"\n"):
                self._skip_to_line_end(first)
                yield self._broken(number, first[:80], TOO_LONG)
                continue
            self._advance(first)
            if first.strip():
                yield self._record(number, first)

    def _record(self, number: int, first: bytes) -> Record:
        taken = [first]
        rows = csv.reader(self._lines_of_one_record(taken), delimiter=self._delimiter, strict=True)
        try:
            cells = tuple(next(rows))
        except csv.Error:
            # Only this line is given up: what an unclosed quote swallowed is read again, line by line.
            self._file.seek(self._offset)
            return self._broken(number, first, NOT_CSV)
        for line in taken[1:]:
            self._advance(line)
        problem = None if all(map(_is_utf_8, cells)) else NOT_UTF_8
        return Record(number, cells, self._position, problem)

    def _lines_of_one_record(self, taken: list[bytes]) -> Iterator[str]:
        yield _text(taken[0])
        room = LONGEST_RECORD - len(taken[0])
        while line := self._file.readline(room):
            room -= len(line)
            if not room:
                return  # perhaps cut inside a line, where a quotation mark may close by accident
            taken.append(line)
            yield _text(line)

    def _broken(self, number: int, raw: bytes, problem: str) -> Record:
        return Record(number, (_text(raw).rstrip("\r\n"),), self._position, problem)

    @property
    def _position(self) -> Position:
        return Position(self._line, self._offset)

    def _advance(self, line: bytes) -> None:
        self._line += 1
        self._offset += len(line)

    def _skip_to_line_end(self, piece: bytes) -> None:
        self._offset += len(piece)
        while piece and not piece.endswith(b"\n"):
            piece = self._file.readline(LONGEST_RECORD)
            self._offset += len(piece)
        self._line += 1


def header(file: BinaryIO, delimiter: str = ",") -> Record:
    """The column names, trimmed, and where the first record starts; UnreadableFile when there are none."""
    file.seek(0)
    opening = file.read(len(_BOM))
    if opening.startswith(_UTF_16):
        raise UnreadableFile(gettext("The file is UTF-16; save it as UTF-8."))
    start = Position(1, len(_BOM) if opening == _BOM else 0)
    first = next(iter(Records(file, start, delimiter)), None)
    if first is None:
        raise UnreadableFile(gettext("The file is empty: its first line must name the columns."))
    if first.problem:
        raise UnreadableFile(gettext("The first line must name the columns, as CSV in UTF-8."))
    return Record(first.line, tuple(cell.strip() for cell in first.cells), first.after)


def sniffed_delimiter(file: BinaryIO) -> str:
    """Comma, semicolon, tab or bar: the one that the first line has most of, comma if none."""
    file.seek(0)
    first = file.readline(LONGEST_RECORD)
    return max(",;\t|", key=lambda mark: first.count(mark.encode()))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _is_utf_8(cell: str) -> bool:
    # A valid file cannot hold surrogates: UTF-8 forbids them, so every one here is an escaped byte.
    return cell.isprintable() or not any("\udc80" <= character <= "\udcff" for character in cell)
