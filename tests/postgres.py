"""Debian's PostgreSQL for the tests whose point is the database; its absence is a failure, not a skip."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"


def binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is missing: apt-get install postgresql"
    return found[-1]


@contextmanager
def running_postgres() -> Iterator[str]:
    """A server of its own on a unix socket; yields the DATABASE_URL of an empty database and ends it."""
    folder = Path(tempfile.mkdtemp(prefix="orderstream-pg-"))
    try:
        if is_root := os.geteuid() == 0:
            shutil.chown(folder, USER)  # it refuses to run as root
        as_user = ["runuser", "-u", USER, "--"] if is_root else []
        data = folder / "data"
        _run(*as_user, binaries() / "initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync")
        control = [*as_user, binaries() / "pg_ctl", "-D", data, "-w"]
        options = f"-c listen_addresses='' -k {folder} -c fsync=off"
        _run(*control, "-o", options, "-l", folder / "log", "start")
        try:
            yield f"postgres://{USER}@/{USER}?host={folder}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, cwd="/")
