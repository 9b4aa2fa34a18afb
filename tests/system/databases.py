"""A migrated database for real processes, and statements of Django run on it by a process of its own."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from tests import prepared

ROOT = Path(__file__).resolve().parents[2]
SQLITE = "sqlite:///"
SAVED = """
import datetime
print("saved", datetime.datetime.now(datetime.UTC).isoformat())
"""


class Database:
    """`environment` is what processes need to find it."""

    def __init__(self, url: str, redis_url: str, namespace: str) -> None:
        self.environment = {"DATABASE_URL": url, "SECRET_KEY": prepared.SECRET_KEY}
        self._django = {
            **os.environ,
            **self.environment,
            "REDIS_URL": redis_url,
            "ORDERSTREAM_KEY_PREFIX": namespace,
        }
        if url.startswith(SQLITE):
            prepared.migrated_database(Path(url.removeprefix(SQLITE)))
        else:
            self.manage("migrate", "--verbosity=0")

    def manage(self, *words: str, **settings: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._django | settings,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, code: str, **settings: str) -> str:
        return self.manage("shell", "-v0", "-c", code, **settings)

    def configure(self, row: str, values: str, **settings: str) -> datetime:
        """Save a row (Processing, Simulation) with these values; when it was committed."""
        code = f"from datetime import timedelta\nfrom orderstream.models import {row}\n"
        code += (
            f"row = {row}.current()\nfor name, value in dict({values}).items(): setattr(row, name, value)\n"
        )
        said = self.run(f"{code}row.save()\n{SAVED}", **settings)
        return datetime.fromisoformat(said.split("saved ")[1].split()[0])
