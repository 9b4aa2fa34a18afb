"""The systemd units: understood by systemd itself where it is there, and true to what the project has."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from orderstream import conf
from orderstream.stack.composition import Options, daphne_options
from workers.names import is_name
from workers.supervisor import EXIT_STOPPED

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "docs/systemd").glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
    "User": "orderstream",
}


def service(path: Path) -> dict[str, str]:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # systemd's names are not in lower case
    parser.read_string(path.read_text())
    return dict(parser["Service"])


def of(name: str) -> dict[str, str]:
    return service(ROOT / f"docs/systemd/orderstream-{name}.service")


def test_there_is_one_for_each_kind_of_process() -> None:
    assert [path.stem for path in UNITS] == ["orderstream-keeper", "orderstream-web@", "orderstream-worker@"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_understands_it(path: Path, tmp_path: Path) -> None:
    """On this clone, for it looks whether the program is there."""
    text = path.read_text().replace("/srv/orderstream", str(ROOT))
    copy = tmp_path / path.name
    copy.write_text(text)
    if shutil.which("systemd-analyze") is None:
        return  # a container without it; what each unit says is held by the other tests
    done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_it_may_do_little_else(path: Path) -> None:
    given = service(path)
    assert {name: given.get(name) for name in HARDENED} == HARDENED
    assert given["EnvironmentFile"] == "/etc/orderstream/environment"
    assert not any("SECRET" in value or "PASSWORD" in value for value in given.values())
    # A worker that somebody drained or stopped ends by itself, and is not wanted any more.
    assert given["Restart"] == ("on-failure" if "worker" in path.name else "always")


def test_each_starts_what_there_is() -> None:
    folders = [ROOT / "orderstream/management/commands", ROOT / "workers/management/commands"]
    known = {path.stem for folder in folders for path in folder.glob("*.py")}
    used = {word for path in UNITS for word in re.findall(r"manage\.py (\w+)", path.read_text())}
    assert used == {"runworker_orders", "runkeeper"}
    assert used <= known
    web = of("web@")["ExecStart"].partition(" -m daphne ")[2].split()
    options = ["%i" if word == "8000" else word for word in daphne_options(Options(port=8000))]
    assert web == [*options, "orderstream.asgi:application"], "as runstack starts it"


def test_a_worker_has_the_time_to_drain_and_a_name_that_is_one() -> None:
    given = of("worker@")
    assert float(given["TimeoutStopSec"]) > conf.processing().drain.total_seconds() + 2
    assert given["SuccessExitStatus"] == str(EXIT_STOPPED)
    name = re.search(r"--name (\S+)", given["ExecStart"])
    assert name is not None
    assert is_name(name[1].replace("%l", "host").replace("%i", "1"))
