"""docker-compose.yml, as docker-compose itself understands it, against what the project has; no engine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis

from orderstream.checkup.findings import Level
from tests.checkup.conftest import Examine, found, report_on  # noqa: F401 # a fixture
from tests.servers import SERVERS, debian_redis_binary, running, valkey_binary

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
OURS = ("migrate", "web", "worker", "keeper")
BINARIES = {"valkey_url": valkey_binary, "debian_redis_url": debian_redis_binary}


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """With the profile, or its service would be left out."""
    return config("--profile", "postgres")


def config(*words: str) -> dict[str, Any]:
    assert shutil.which("docker-compose"), "docker-compose is missing: apt-get install docker-compose"
    done = subprocess.run(
        ["docker-compose", *words, "config"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = yaml.safe_load(done.stdout)
    return parsed["services"]  # type: ignore[no-any-return]


def seconds(text: str) -> float:
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", text)
    assert found, text
    return 60 * int(found[1] or 0) + int(found[2] or 0)


def test_the_services_are_those_that_one_expects(composed: dict[str, Any]) -> None:
    assert set(composed) == {"redis", "redis-insight", "postgres", *OURS}
    assert [name for name, service in composed.items() if "profiles" in service] == ["postgres"]


def test_ports_are_the_usual_ones_and_open_on_this_machine_alone(composed: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in composed.items() if "ports" in service}
    assert published == {
        "redis": ["127.0.0.1:6379:6379/tcp"],
        "redis-insight": ["127.0.0.1:5540:5540/tcp"],
        "web": ["127.0.0.1:8000:8000/tcp"],
    }


def test_redis_alone_needs_nothing_else(composed: dict[str, Any]) -> None:
    assert "depends_on" not in composed["redis"]
    assert "build" not in composed["redis"]
    assert composed["redis"]["image"] == "redis:8"
    assert composed["redis"]["volumes"] == ["redis:/data:rw"]


@pytest.mark.parametrize("which", SERVERS)
async def test_the_server_is_set_up_so_that_nothing_is_to_be_found_fault_with(
    which: str,
    composed: dict[str, Any],
    report_on: Examine,  # noqa: F811 # the fixture
) -> None:
    program, *options = composed["redis"]["command"]
    assert program == "redis-server"
    with running(BINARIES[which](), *options) as url, Redis.from_url(url) as client:
        report = await report_on(url)
        assert [each for each in report.findings if each.level is not Level.FINE] == []
        assert "once a second" in found(report, "persistence").what
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def variables() -> set[str]:
    """What the settings read out of the environment."""
    read = r'"((?:ORDERSTREAM|REDIS)_[A-Z_]+|SECRET_KEY|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|DATABASE_URL)"'
    sources = "".join((ROOT / "orderstream" / name).read_text() for name in ("settings.py", "env.py"))
    return set(re.findall(read, sources))


@pytest.mark.parametrize("name", OURS)
def test_each_setting_that_is_given_is_one_that_there_is(name: str, composed: dict[str, Any]) -> None:
    given = set(composed[name]["environment"])
    assert given >= {"REDIS_HOST", "REDIS_PORT", "SECRET_KEY", "ALLOWED_HOSTS"}
    assert given - variables() == set()


def test_the_address_is_that_of_the_service(composed: dict[str, Any]) -> None:
    for name in OURS:
        given = composed[name]["environment"]
        assert (given["REDIS_HOST"], given["REDIS_PORT"]) == ("redis", "6379")
        assert given["SECRET_KEY"] == given["REDIS_PASSWORD"] == ""  # none is in the file
    insight = composed["redis-insight"]["environment"]
    assert (insight["RI_REDIS_HOST"], insight["RI_REDIS_PORT"]) == ("redis", "6379")


def test_each_command_is_one_that_there_is(composed: dict[str, Any]) -> None:
    folders = [ROOT / "orderstream/management/commands", ROOT / "workers/management/commands"]
    known = {path.stem for folder in folders for path in folder.glob("*.py")} | {"migrate"}
    given = {name: " ".join(composed[name].get("command", [])) for name in OURS}
    used = {name: re.findall(r"manage\.py (\w+)", words) for name, words in given.items()}
    assert used == {
        "web": [],  # the image's own
        "worker": ["runworker_orders"],
        "keeper": ["runkeeper"],
        "migrate": ["migrate"],
    }
    assert {word for words in used.values() for word in words} <= known


def test_nothing_starts_before_what_it_needs(composed: dict[str, Any]) -> None:
    for name in ("web", "worker", "keeper"):
        assert composed[name]["depends_on"] == {
            "redis": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }
    assert composed["migrate"]["restart"] == "no"
    for name in ("redis", "postgres", "web"):
        assert composed[name]["healthcheck"]["test"]
        assert composed[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize(("works_at", "code", "tries"), [(1, 0, 1), (3, 0, 3), (99, 1, 30)])
def test_migrating_is_tried_again_but_not_for_ever(
    works_at: int, code: int, tries: int, composed: dict[str, Any], tmp_path: Path
) -> None:
    """With a `python` that works at one of its calls only, and a `sleep` that takes no time."""
    for name, body in {
        "python": f'echo "$@" >> {tmp_path}/calls; [ "$(wc -l < {tmp_path}/calls)" -ge {works_at} ]',
        "sleep": "exit 0",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    shell, option, script = composed["migrate"]["command"]
    done = subprocess.run(
        [f"/bin/{shell}", option, script.replace("$$", "$")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        timeout=20,
        check=False,
    )
    assert done.returncode == code
    assert (tmp_path / "calls").read_text().splitlines() == ["manage.py migrate --noinput"] * tries


def test_each_image_that_is_not_ours_has_a_version(composed: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in composed.items() if name not in OURS}
    assert all(re.fullmatch(r"[a-z/]+:\d[\d.]*", image) for image in images.values()), images


def test_a_worker_may_finish_before_it_is_killed(composed: dict[str, Any]) -> None:
    worker = composed["worker"]
    assert seconds(worker["stop_grace_period"]) > int(worker["environment"]["ORDERSTREAM_DRAIN_SECONDS"]) + 2
    assert worker["healthcheck"]["test"] == ["NONE"]
    assert "container_name" not in worker  # or it could not be scaled
    assert "ports" not in worker


def test_our_processes_have_no_more_rights_than_they_need(composed: dict[str, Any]) -> None:
    for name in OURS:
        assert composed[name]["cap_drop"] == ["ALL"]
        assert composed[name]["security_opt"] == ["no-new-privileges:true"]
        assert composed[name]["init"] is True
