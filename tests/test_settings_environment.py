"""A wrong value in the environment ends every process in one sentence: variable, value and remedy."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orderstream import env

ROOT = Path(__file__).resolve().parent.parent
WRONG: dict[str, tuple[Callable[[], object], str, str]] = {
    "a flag": (lambda: env.flag("X", default=False), "maybe", "on or off"),
    "a number": (lambda: env.number("X", 5, least=1, most=9), "five", "1 to 9"),
    "a number beyond": (lambda: env.number("X", 5, least=1, most=9), "10", "1 to 9"),
    "seconds": (lambda: env.seconds("X", 1), "1m", "seconds"),
    "seconds without end": (lambda: env.seconds("X", 1), "inf", "seconds"),
    "no number": (lambda: env.seconds("X", 1), "nan", "seconds"),
    "a fraction": (lambda: env.fraction("X", 0.0), "20%", "0 to 1"),
    "a span": (lambda: env.span("X", "1-5"), "5-1", "1-5"),
    "a span below nothing": (lambda: env.span("X", "1-5"), "-1", "1-5"),
    "a choice": (lambda: env.choice("X", "on", ("on", "off")), "perhaps", "on, off"),
    "a proxy": (lambda: env.networks("X"), "10.0.0.1, nginx", "10.0.0.0/8"),
    "a network with a host": (lambda: env.networks("X"), "10.0.0.1/8", "host bits"),
    "a database": (lambda: env.database("X", Path("x")), "mysql://ada:secret@host/name", "postgres://"),
    "no URL": (lambda: env.database("X", Path("x")), "orders", "sqlite:///"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_value_is_named_with_its_variable_and_the_remedy(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, value, remedy = WRONG[kind]
    monkeypatch.setenv("X", value)
    with pytest.raises(env.WrongSetting) as problem:
        read()
    assert str(problem.value).startswith("X is ")
    assert remedy in str(problem.value)
    assert "secret" not in str(problem.value)


def test_values_are_read_as_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"A": "Yes", "B": " 7 ", "C": "0.5", "D": "1-2.5", "E": "3", "F": "a, b  c"}.items():
        monkeypatch.setenv(name, value)
    assert env.flag("A", default=False) is True
    assert env.number("B", 1) == 7
    assert env.seconds("C", 1) == timedelta(milliseconds=500)
    assert env.span("D", "0") == (timedelta(seconds=1), timedelta(seconds=2.5))
    assert env.span("E", "0") == (timedelta(seconds=3), timedelta(seconds=3))
    assert env.names("F") == ["a", "b", "c"]
    monkeypatch.setenv("G", "127.0.0.1, 10.0.0.0/8 fd00::/8")
    assert [str(network) for network in env.networks("G")] == ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"]
    assert env.networks("H_OF_NOBODY") == ()


def test_sqlite_is_told_that_several_processes_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    options = env.database("DATABASE_URL", Path("/x/orders.sqlite3"))["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "WAL" in options["init_command"]
    assert options["timeout"] >= 5


def test_postgresql_is_told_not_to_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:s%40@db:5433/orders?sslmode=require")
    found = env.database("DATABASE_URL", Path("x"))
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("db", 5433, "s@")
    assert found["OPTIONS"] == {"connect_timeout": 5, "sslmode": "require"}


def test_what_a_process_was_started_with_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_OF_TEST", "given")
    monkeypatch.setenv("B_OF_TEST", "to be removed")
    monkeypatch.delenv("B_OF_TEST")
    (tmp_path / ".env").write_text("A_OF_TEST=file\nB_OF_TEST=file\n")
    env.read_dotenv(tmp_path / ".env")
    assert (env.text("A_OF_TEST"), env.text("B_OF_TEST")) == ("given", "file")


def test_a_machine_makes_its_secret_once_and_keeps_it_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    file = tmp_path / "var" / "secret-key"
    made = env.secret("SECRET_KEY", file)
    assert len(made) >= 50
    assert env.secret("SECRET_KEY", file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret-key"]
    monkeypatch.setenv("SECRET_KEY", "given")
    assert env.secret("SECRET_KEY", file) == "given"


def test_without_a_place_for_a_secret_one_has_to_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(env.WrongSetting, match="SECRET_KEY"):
        env.secret("SECRET_KEY", tmp_path / "file" / "secret-key")


WAYS_IN = {
    "manage.py": [sys.executable, "manage.py", "check"],
    "check_redis": [sys.executable, "manage.py", "check_redis"],
    "asgi": [sys.executable, "-m", "daphne", "-p", "0", "orderstream.asgi:application"],
}


def started(way: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        WAYS_IN[way],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS_IN)
def test_a_process_ends_with_the_sentence_and_no_traceback(way: str) -> None:
    for name, value, words in (
        ("ORDERSTREAM_ATTEMPTS", "many", "is 'many'. Use a whole number from 1 to 100."),
        (
            "ORDERSTREAM_DURABILITY",
            "paranoid",
            "is 'paranoid'. Use one of memory, everysec, always, replicated.",
        ),
        ("REDIS_URL", "redis://localhost?foo=1", "is 'redis://localhost?foo=…'. Of options it takes db"),
    ):
        ended = started(way, **{name: value})
        assert ended.returncode == 1
        assert f"{name} {words}" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_the_web_process_refuses_what_a_check_refuses() -> None:
    """Django checks management commands only."""
    ended = started("asgi", ORDERSTREAM_LEASE_SECONDS="2")
    assert ended.returncode == 1
    assert "Use 5 seconds to an hour" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_production_environment_passes_the_deployment_checks(tmp_path: Path) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    given: dict[str, Any] = {
        "DEBUG": "off",
        "SECRET_KEY": "Kq3v9ZtR1mXw7LpY5sBn0dHc8fJg2aUe6iToWxVyQzMk4rNbSl",
        "ALLOWED_HOSTS": "orders.example.org",
        "CSRF_TRUSTED_ORIGINS": "https://orders.example.org",
        "ORDERSTREAM_HTTPS": "proxy",
    }
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | given, capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout
