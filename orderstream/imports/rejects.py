"""The refused lines in a CSV file of their own: mended, it can be imported with the same mapping."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from django.utils.translation import gettext as _

from orderstream.imports.records import Record, UnreadableFile

HEADER: Final = ("line", "reason")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A record and why it is no order."""

    record: Record
    reason: str


class RejectsFile:
    """Open for appending. Never overwrites a file; goes on with one only from a size that is known."""

    def __init__(self, path: Path, file: BinaryIO, delimiter: str) -> None:
        self.path, self._file, self._delimiter = path, file, delimiter

    @classmethod
    def create(cls, path: Path, names: Sequence[str], delimiter: str = ",") -> Self:
        """A new file with its header; UnreadableFile when there is one, or it cannot be written."""
        try:
            file = path.open("xb")
        except FileExistsError as error:
            text = _("%(path)s exists and is not overwritten; name another with --rejects.")
            raise UnreadableFile(text % {"path": path}) from error
        except OSError as error:
            text = _(
                "%(path)s cannot be written (%(error)s); name a file for the refused lines with --rejects."
            )
            raise UnreadableFile(text % {"path": path, "error": error.strerror}) from error
        file.write(_encoded([[*HEADER, *names]], delimiter))
        return cls(path, file, delimiter)

    @classmethod
    def reopen(cls, path: Path, size: int, delimiter: str = ",") -> Self | None:
        """The file as it was at `size`; what came after belongs to a batch that will be done again.

        None when it is gone or shorter: then it is no longer the file that was written.
        """
        try:
            file = path.open("r+b")
        except OSError:
            return None
        if file.seek(0, io.SEEK_END) < size:
            file.close()
            return None
        file.truncate(size)
        file.seek(size)
        return cls(path, file, delimiter)

    @property
    def size(self) -> int:
        return self._file.tell()

    def add(self, lines: Iterable[RefusedLine]) -> None:
        """Written through to the system: it survives the death of this process."""
        self._file.write(
            _encoded(([line.record.line, line.reason, *line.record.cells] for line in lines), self._delimiter)
        )
        self._file.flush()

    def close(self, *, remove: bool = False) -> None:
        self._file.close()
        if remove:
            self.path.unlink(missing_ok=True)


def free_path(beside: Path) -> Path:
    """FILE.rejects.csv, or FILE.rejects-2.csv and so on, whichever does not exist."""
    stem = beside.name.removesuffix(".csv")
    number = 1
    while (path := beside.with_name(f"{stem}.rejects{f'-{number}' if number > 1 else ''}.csv")).exists():
        number += 1
    return path


def _encoded(rows: Iterable[Sequence[object]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    # Lines end as RFC 4180 says; with "\n" alone, Python's writer would leave a "\r" in a cell unquoted.
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    # The bytes as they were, also those that are not UTF-8: replaced ones would pass when imported again.
    return text.getvalue().encode("utf-8", "surrogateescape")
