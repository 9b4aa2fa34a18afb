"""Log lines: one shape for ours and for libraries', a fixed phrase with fields."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import logging, structlog
from orderstream import logs
logs.configure(level="info", form={form!r})
structlog.get_logger("workers.engine").info("order finished", order_id="1-0", took_ms=3)
logging.getLogger("library").warning("%s is slow", "disk")
structlog.get_logger("workers.engine").debug("not shown")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("workers.engine").exception("attempt failed")
"""


def lines(form: str) -> list[str]:
    command = [sys.executable, "-c", PROGRAM.format(form=form)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == ""
    return ended.stderr.splitlines()


def test_for_collectors_each_line_is_one_object() -> None:
    ours, library, failure = [json.loads(line) for line in lines("json")]
    assert (ours["event"], ours["order_id"], ours["took_ms"]) == ("order finished", "1-0", 3)
    assert (ours["logger"], ours["level"]) == ("workers.engine", "info")
    assert (library["event"], library["logger"]) == ("disk is slow", "library")
    assert "ZeroDivisionError" in failure["exception"]


@pytest.mark.parametrize("phrase", ["order finished", "disk is slow", "attempt failed", "ZeroDivisionError"])
def test_for_people_lines_are_plain_text(phrase: str) -> None:
    text = "\n".join(lines("console"))
    assert phrase in text
    assert "not shown" not in text
    assert "\x1b" not in text
