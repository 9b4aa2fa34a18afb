"""Management commands as real processes whose output can be read while they run."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

MANAGE = Path(__file__).parent.parent.parent / "manage.py"


class Command:
    """One process of manage.py; what it writes goes to `output`."""

    def __init__(self, output: Path, environment: Mapping[str, str], *words: str) -> None:
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, str(MANAGE), *words], env=dict(environment), stdout=file, stderr=file
            )

    @property
    def text(self) -> str:
        return self.output.read_text(errors="replace")

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
