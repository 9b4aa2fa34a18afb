"""One import of a file at a time: a lock that the kernel, or PostgreSQL, drops the moment its holder dies."""

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import connection
from django.utils.translation import gettext as _

from orderstream.imports.records import UnreadableFile


@contextmanager
def only_import_of(digest: str) -> Iterator[None]:
    """Held by whoever shares the database that remembers; UnreadableFile when another import has it.

    A lease in Redis would let a paused holder come back and place a batch whose keys are forgotten already.
    """
    number = int(digest[:15], 16)  # 60 bits: fits an advisory lock, and a file position
    hold = _advisory_lock if connection.vendor == "postgresql" else _file_lock
    with hold(number) as is_ours:
        if not is_ours:
            raise UnreadableFile(_("Another import of the same file is running; let it finish."))
        yield


@contextmanager
def _advisory_lock(number: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        (is_ours,) = cursor.fetchone()
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def _file_lock(number: int) -> Iterator[bool]:
    # SQLite: all who share the database share a machine. One byte of one file stands for each digest, so that
    # nothing must be removed afterwards (removing a lock file races with the next to open it).
    with closing(_lock_file()) as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            yield False
        else:
            yield True


def _lock_file() -> BinaryIO:
    database = Path(str(connection.settings_dict["NAME"]))
    folder = database.parent if database.is_file() else Path(tempfile.gettempdir())
    return (folder / "orderstream-imports.lock").open("a+b")
