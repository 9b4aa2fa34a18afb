"""Runs `manage.py place_orders` as a process of its own, with a database of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.imports.importing import ROOT

TIMEOUT_SECONDS = 50


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def summary(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


@dataclass(slots=True)
class Office:
    """Where imports run: their Redis, key prefix and database. Ends what it started."""

    environment: dict[str, str]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self, *words: object, **settings: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "place_orders", *map(str, words)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *words: object, **settings: str) -> Done:
        return ended(self.start(*words, **settings))

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate()


def ended(process: "subprocess.Popen[str]") -> Done:
    out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    return Done(process.returncode, out, err)


def environment(redis_url: str, key_prefix: str, database: Path) -> dict[str, str]:
    return os.environ | {
        "REDIS_URL": redis_url,
        "ORDERSTREAM_KEY_PREFIX": key_prefix,
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": "test",
    }
