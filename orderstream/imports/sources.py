"""One file to import: its digest, its columns, and its lines as batches of orders and refused lines."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, Self

from django.utils.translation import gettext as _

from orderstream.domain.orders import OrderDraft
from orderstream.imports.mappings import FieldColumns, Refused, RowReader
from orderstream.imports.records import Position, Records, UnreadableFile, header, sniffed_delimiter
from orderstream.imports.rejects import RefusedLine

SNIFF: Final = "sniff"


@dataclass(slots=True)
class Batch:
    """What is committed together: orders by their line, refused lines, and where the next batch starts."""

    after: Position
    orders: list[tuple[int, OrderDraft]] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)

    def is_full(self, size: int) -> bool:
        # Refused lines count too: a file of nothing else must not be held in memory.
        return len(self.orders) >= size or len(self.refused) >= size


@dataclass(frozen=True, slots=True)
class Source:
    """An open file, read through once for its digest: the same bytes are the same file wherever it lies."""

    path: Path
    file: BufferedReader
    state: tuple[int, int]
    digest: str
    delimiter: str
    names: tuple[str, ...]
    rows: RowReader
    start: Position

    @classmethod
    def opened(cls, path: Path, mapping: FieldColumns, delimiter: str) -> Self:
        """UnreadableFile says in one sentence why not."""
        file = _open(path)
        try:
            mark = sniffed_delimiter(file) if delimiter == SNIFF else delimiter
            first = header(file, mark)
            rows = RowReader.of_header(mapping, first.cells)
            state = _state(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        except BaseException:
            file.close()
            raise
        return cls(path, file, state, digest, mark, first.cells, rows, first.after)

    @property
    def size(self) -> int:
        return self.state[0]

    @property
    def meaning(self) -> str:
        """How its bytes are understood, as text: what is placed cannot be understood otherwise later."""
        return f"{self.rows.mapping.text()} {self.delimiter!r}"

    def check_unchanged(self) -> None:
        """UnreadableFile when somebody wrote into the file since its digest was taken."""
        if _state(self.file) != self.state:
            raise UnreadableFile(
                _("%(path)s was changed while it was read; it is another file now.") % {"path": self.path}
            )

    def batches(self, start: Position, size: int) -> Iterator[Batch]:
        """At most `size` orders and `size` refused lines each."""
        batch = Batch(start)
        for record in Records(self.file, start, self.delimiter):
            try:
                batch.orders.append((record.line, self.rows.draft(record)))
            except Refused as refused:
                batch.refused.append(RefusedLine(record, str(refused)))
            batch.after = record.after
            if batch.is_full(size):
                yield batch
                batch = Batch(record.after)
        if batch.orders or batch.refused:
            yield batch


def _open(path: Path) -> BufferedReader:
    try:
        file = path.open("rb")
    except OSError as error:
        text = _("%(path)s cannot be read: %(error)s.")
        raise UnreadableFile(text % {"path": path, "error": error.strerror}) from error
    if not file.seekable():
        file.close()
        text = _("%(path)s is not a regular file; it must be read twice, so save it first.")
        raise UnreadableFile(text % {"path": path})
    return file


def _state(file: BinaryIO) -> tuple[int, int]:
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns
