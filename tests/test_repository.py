"""Rules about ourselves: one door per concern, and documents that say what the code does."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderstream.streams.keys import Keys

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("orderstream", "workers", "dashboard")


def tracked(*patterns: str) -> list[Path]:
    """Tracked files and new ones that git would take, so that a rule speaks before the commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def modules(*packages: str) -> list[Path]:
    return [p for p in tracked(*(f"{package}/**.py" for package in packages)) if "migrations" not in p.parts]


def offenders(paths: list[Path], pattern: str, *allowed: str) -> Iterator[str]:
    """`file:line` of every match outside the allowed files (given relative to the root)."""
    for path in paths:
        name = str(path.relative_to(ROOT))
        if name.startswith(allowed) if allowed else False:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(pattern, line):
                yield f"{name}:{number}"


@pytest.mark.parametrize(
    "path", modules(*PACKAGES, "tests", "benchmarks"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_module_says_in_one_to_four_lines_what_it_alone_is_responsible_for(path: Path) -> None:
    source = path.read_text("utf-8")
    if not source.strip():
        return  # an empty __init__.py
    docstring = ast.get_docstring(ast.parse(source))
    assert docstring, "no module docstring"
    assert len(docstring.splitlines()) <= 4


def test_only_keys_py_spells_a_key() -> None:
    spelled = r"""["'f](orders:(?!place|read|operate)|order:status)"""
    assert list(offenders(modules(*PACKAGES), spelled, "orderstream/streams/keys.py")) == []


def test_only_conf_py_reads_settings() -> None:
    """Ours are read in conf.py alone; of Django's own only a few modules may ask, each for what it judges."""
    ours = r"settings\.(ORDERSTREAM|REDIS)_|getattr\(settings"
    assert list(offenders(modules(*PACKAGES), ours, "orderstream/conf.py")) == []
    djangos = ("orderstream/checks.py", "orderstream/models/", "orderstream/access/origins.py")
    importing = r"from django\.conf import settings"
    assert list(offenders(modules(*PACKAGES), importing, "orderstream/conf.py", *djangos)) == []


def test_only_the_streams_ring_imports_redis() -> None:
    importing = r"^\s*(import redis|from redis)"
    assert list(offenders(modules(*PACKAGES), importing, "orderstream/streams/")) == []


SCRIPTS = [p for p in tracked("orderstream/streams/lua/*.lua") if not p.stem.startswith("_")]


def test_a_unit_is_translated_like_any_other_word() -> None:
    written = r'class="unit">(?:&nbsp;)?[^<{&]*[A-Za-z/]|(?<!gettext\()"/s"(?! %\})'
    assert list(offenders(tracked("templates/**.html", "dashboard/**.py", "dashboard/**.js"), written)) == []


def test_every_script_has_a_test_of_its_name() -> None:
    tests = "\n".join(p.stem for p in tracked("tests/streams/**.py"))
    assert [p.stem for p in SCRIPTS if f"test_{p.stem}" not in tests] == []


def test_every_script_but_place_may_write_when_memory_is_full() -> None:
    refused_when_full = {p.stem for p in SCRIPTS if "allow-oom" not in p.read_text("utf-8").splitlines()[0]}
    assert refused_when_full == {"place"}


def test_no_test_sleeps() -> None:
    assert (
        list(offenders(tracked("tests/**.py"), r"\bsleep\(", "tests/waiting.py", "tests/test_repository.py"))
        == []
    )


def test_what_empties_the_database_brings_its_migrated_rows_back() -> None:
    """One such test without it takes the groups from all tests after it, or has Django make them twice."""
    marked = r"django_db\(transaction=True(?!, serialized_rollback=True)"
    assert list(offenders(tracked("tests/**.py"), marked, "tests/test_repository.py")) == []


def test_every_key_stands_in_architecture() -> None:
    written = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    keys = Keys()
    names = [getattr(keys, name) for name, kind in vars(Keys).items() if isinstance(kind, property)]
    patterns = [keys.worker("<name>"), keys.status("<id>"), keys.idempotency("<scope>", "<key>")]
    patterns += [keys.limit("<kind>", "<whose>"), keys.check("<token>")]
    assert [name for name in [*names, *patterns] if f"`{name}`" not in written] == []


def settings_names() -> set[str]:
    source = (ROOT / "orderstream/settings.py").read_text("utf-8")
    return set(re.findall(r"\bORDERSTREAM_[A-Z_]+\b", source))


def test_every_setting_stands_in_the_readme_and_no_other() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    described = set(re.findall(r"^\| `(ORDERSTREAM_[A-Z_]+)`", readme, re.MULTILINE))
    assert described == settings_names()


def test_the_locks_name_hashes_and_no_host() -> None:
    for lock in tracked("requirements/*.txt"):
        text = lock.read_text("utf-8")
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", text), lock.name
        pins = len(re.findall(r"^[a-z0-9].*==", text, re.MULTILINE))
        assert pins > 10
        assert text.count("--hash=sha256:") >= pins


def test_the_version_stands_in_one_place() -> None:
    import tomllib

    from orderstream import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__


def test_both_sides_of_the_socket_know_the_same_messages() -> None:
    named = r'"([a-z]+(?:\.[a-z]+)?)"'
    python = (ROOT / "dashboard/protocol.py").read_text("utf-8")
    browser = (ROOT / "dashboard/static/dashboard/js/types.js").read_text("utf-8")
    spoken = re.findall(r"type: ClassVar\[str\] = " + named, python)
    assert len(spoken) >= 5
    assert set(spoken) == set(re.findall(r"= " + named, browser))
