"""What real processes need before they start: made once in a run, by whichever test process comes first."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "ORDERSTREAM_TESTS_PREPARED"
"""The variable that tells the processes of xdist the folder of their controller."""
DATABASE = "database.sqlite3"
SECRET_KEY = "only-for-tests-" * 4
"""Sessions of a prepared database are good for whoever has this key."""


def share(config: pytest.Config) -> None:
    """Open the folder of this run, until it ends; a process of xdist has inherited it."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = folder = tempfile.mkdtemp(prefix="orderstream-prepared-")
        config.add_cleanup(lambda: shutil.rmtree(folder))


def migrated_database(at: Path) -> None:
    """A SQLite file of one's own, as `migrate` leaves it."""
    _copy(_once("migrated", lambda folder: _manage(folder, "migrate", "-v0")), at)


def database_after(code: str, at: Path) -> str:
    """A migrated SQLite file of one's own on which these statements of Django ran; what they printed."""

    def run(folder: Path) -> None:
        migrated_database(folder / DATABASE)
        (folder / "said").write_text(_manage(folder, "shell", "-v0", "--command", code))

    made = _once(hashlib.sha256(code.encode()).hexdigest(), run)
    _copy(made, at)
    return (made / "said").read_text()


def static_root() -> Path:
    """What `collectstatic` collects, under hashed names. It belongs to all: nobody may write there."""
    return _once("static", lambda folder: _manage(folder, "collectstatic", "--noinput", "-v0")) / "static"


def _copy(made: Path, at: Path) -> None:
    assert not (made / f"{DATABASE}-wal").exists(), "what was committed there would be missing in the copy"
    shutil.copy(made / DATABASE, at)


def _once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name that `make` fills; others wait for it. What fails is made anew by the next."""
    shared = Path(os.environ[FOLDER])
    made = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = Path(tempfile.mkdtemp(dir=shared))
            make(unfinished)
            unfinished.rename(made)
    return made


def _manage(folder: Path, *words: str) -> str:
    """Without a Redis, of which nothing is prepared, and without what the first test to come has set."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("REDIS_", "ORDERSTREAM_"))
    }
    given = {
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{folder}/{DATABASE}",
        "REDIS_URL": f"unix://{folder}/no-redis",
        "ORDERSTREAM_HTTPS": "off",
        "ORDERSTREAM_STATIC_ROOT": f"{folder}/static" if words[0] == "collectstatic" else "",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=plain | given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
