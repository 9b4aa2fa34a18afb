"""The command as a person or a script meets it: exit codes, JSON, help."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import debian_redis_binary, running

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.system


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


def check_redis(url: str, *words: str, **given: str) -> Said:
    done = subprocess.run(
        [sys.executable, "manage.py", "check_redis", *words],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": url, "ORDERSTREAM_KEY_PREFIX": "test-check:"} | given,
        capture_output=True,
        text=True,
        timeout=50,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """As it comes: it works, and keeps nothing."""
    with running(debian_redis_binary()) as url:
        yield url


def test_warnings_end_well_unless_one_is_strict(bare: str) -> None:
    said = check_redis(bare)
    assert said.code == 0
    assert "warning  persistence" in said.out
    assert "It can be used; see the warnings." in said.out
    assert said.err == ""
    assert check_redis(bare, "--strict").code == 1


def test_what_cannot_be_used_ends_with_two_and_says_what_to_do() -> None:
    said = check_redis("redis://:secret@localhost:1/0")
    assert said.code == 2
    assert "FAILS    connection  Nothing listens at this address." in said.out
    assert "secret" not in said.out + said.err
    assert "Traceback" not in said.err


def test_for_programs_it_is_json(bare: str) -> None:
    report = json.loads(check_redis(bare, "--json").out)
    assert report["level"] == "warning"
    assert report["round_trip_ms"]["count"] == 100
    assert {each["check"] for each in report["findings"]} >= {"writing", "scripts", "channel layer", "cache"}
    failed = json.loads(check_redis("redis://localhost:1/0", "--json").out)
    assert failed["findings"][0]["cause"] == "refused"


def test_a_wrong_setting_is_said_in_one_sentence() -> None:
    said = check_redis("localhost:6379")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("OrderStream cannot start: REDIS_URL is ")


def test_the_help_tells_codes_and_examples() -> None:
    said = check_redis("redis://x", "--help")
    assert said.code == 0
    assert "exit codes:" in said.out
    assert "examples:" in said.out
