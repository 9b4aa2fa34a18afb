"""The Dockerfile, read line by line: no engine builds it here, so its promises are held against the text."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from orderstream.stack.composition import Options, daphne_options
from tests.dashboard.daphne import running_web
from tests.servers import free_port
from tests.waiting import wait_until_now

ROOT = Path(__file__).parents[2]
TEXT = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
STEPS = [line.split(None, 1) for line in TEXT.splitlines() if line.strip()]
STAGES = TEXT.split("\nFROM ")


def steps(word: str, text: str = TEXT) -> list[str]:
    return [rest for first, rest in STEPS if first == word and f"{first} {rest}" in text]


def test_it_is_built_in_one_stage_and_runs_in_another() -> None:
    assert len(steps("FROM")) == 2
    assert all("python:3.11-slim" in image for image in steps("FROM"))
    assert not any("pip" in step for step in steps("RUN", STAGES[-1]))


def test_it_does_not_run_as_root() -> None:
    [user] = steps("USER")
    assert user == "orderstream"
    assert "--uid 10001" in TEXT
    assert TEXT.index("\nUSER ") < TEXT.index("\nCMD ")


def test_packages_are_installed_by_hash() -> None:
    assert "pip install --require-hashes -r requirements/postgres.txt" in TEXT


def test_the_lock_of_the_image_is_that_of_the_tests_and_a_driver() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(r"^([a-z0-9_.-]+==\S+)", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
        )

    more = {pin.partition("==")[0] for pin in pins("postgres") - pins("run")}
    assert more == {"psycopg", "psycopg-binary"}
    assert pins("run") <= pins("postgres") <= pins("dev")


def test_static_files_are_collected_and_used() -> None:
    assert "manage.py collectstatic --noinput" in TEXT
    assert TEXT.count("ORDERSTREAM_STATIC_ROOT=/srv/static") == 2


def test_no_secret_stays_in_it() -> None:
    """The one key stands before a command, which keeps it out of the image's environment."""
    assert not any("SECRET" in step or "PASSWORD" in step for step in [*steps("ENV"), *steps("ARG")])
    assert "SECRET_KEY" not in STAGES[-1]


def test_signals_reach_the_process() -> None:
    [command] = steps("CMD")
    options = daphne_options(Options(host="0.0.0.0"))  # noqa: S104 # inside its container
    assert json.loads(command) == ["daphne", *options, "orderstream.asgi:application"], (
        "as runstack starts it"
    )
    assert "ENTRYPOINT" not in TEXT


def test_all_that_the_project_consists_of_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    parts = [*project["tool"]["importlinter"]["root_packages"], "templates", "manage.py"]
    parts += ["locale"] if (ROOT / "locale").exists() else []
    copied = {step.split()[0] for step in steps("COPY")}
    assert set(parts) <= copied
    for source in copied - {"--from=build"}:
        assert (ROOT / source).exists(), source


@pytest.mark.system
def test_what_is_copied_is_enough_to_run(tmp_path: Path) -> None:
    """The step of the first stage, and the loading of the application, with nothing else beside them."""
    for step in steps("COPY"):
        source = step.split()[0]
        if source.startswith(("--from", "requirements", "docker")):
            continue
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    given = {
        "SECRET_KEY": "x" * 60,
        "ORDERSTREAM_STATIC_ROOT": str(tmp_path / "static"),
        "PATH": os.environ["PATH"],
    }
    for words in (
        ["manage.py", "collectstatic", "--noinput", "-v0"],
        ["-c", "import orderstream.asgi"],
        ["manage.py", "runworker_orders", "--help"],
        ["manage.py", "runkeeper", "--help"],
    ):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=given, capture_output=True, text=True, timeout=50
        )
        assert done.returncode == 0, done.stderr


def ignored(path: str) -> bool:
    """As Docker decides: the last line that matches the file or a folder above it."""
    names = [path, *map(str, Path(path).parents)]
    answer = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!").removeprefix("**/")
            if any(fnmatch(name, pattern) or fnmatch(Path(name).name, pattern) for name in names):
                answer = not line.startswith("!")
    return answer


@pytest.mark.parametrize(
    "path",
    [
        *(".env", ".git/config", ".venv/bin/python", "var/secret-key", "var/orderstream.sqlite3"),
        *("orderstream/__pycache__/conf.cpython-311.pyc", "orders.rejects.csv", "tests/web.py"),
    ],
)
def test_what_is_no_part_of_it_is_not_even_sent_to_the_engine(path: str) -> None:
    assert ignored(path)


@pytest.mark.parametrize("path", ["manage.py", "orderstream/streams/lua/place.lua", "docker/healthcheck.py"])
def test_what_is_a_part_of_it_is_sent(path: str) -> None:
    assert (ROOT / path).exists()
    assert not ignored(path)


def health(port: int, **given: str) -> int:
    environment = {"PATH": os.environ["PATH"], "PORT": str(port)} | given
    return subprocess.run(
        [sys.executable, ROOT / "docker/healthcheck.py"], env=environment, timeout=20
    ).returncode


@pytest.mark.system
def test_the_health_check_asks_by_a_name_that_is_allowed(redis_url: str, namespace: str) -> None:
    [check] = steps("HEALTHCHECK")
    assert '"/srv/healthcheck.py"]' in check
    with running_web(redis_url, namespace) as web:
        # The first request loads the pages, which takes longer than a check waits.
        wait_until_now(lambda: health(web.port, ALLOWED_HOSTS="127.0.0.1") == 0, 40)
        assert (
            health(web.port, ALLOWED_HOSTS="orders.example.com") == 1
        )  # this process answers to no such name
    assert health(free_port()) == 1
