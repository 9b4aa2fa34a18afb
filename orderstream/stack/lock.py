"""One stack on one data folder at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from orderstream.stack.errors import StackError


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Hold the folder, or raise StackError. The kernel gives the lock back however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "stack.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "?"
            raise StackError(
                _("OrderStream already runs on %(folder)s (process %(owner)s).")
                % {"folder": folder, "owner": owner}
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
