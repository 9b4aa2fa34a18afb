"""What the processes that work load before they do: each spends time and memory on it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TELL = """
import sys
from manage import main
sys.argv = ["manage.py", "{command}", "--help"]
try:
    main()
finally:
    print("loaded", *sys.modules)
"""


@pytest.mark.system
@pytest.mark.parametrize("command", ["runworker_orders", "runkeeper"])
def test_a_worker_and_a_keeper_load_nothing_of_the_api_or_of_tests(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL.format(command=command)],
        cwd=ROOT,
        env=os.environ | {"SECRET_KEY": "only-for-tests"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split("loaded ")[1].split()
    assert f"workers.management.commands.{command}" in loaded
    assert not {"ninja", "pydantic", "django.test"}.intersection(loaded)
