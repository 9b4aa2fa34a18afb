"""Where Redis is by the environment: an address whole or in parts, files for TLS, or the embedded server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderstream import env


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost:6379"),
        ("REDIS_URL", "redis://localhost:port"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://localhost/prod"),
        ("REDIS_URL", "redis://localhost?db=x"),
        ("REDIS_URL", "redis://localhost?db"),
        ("REDIS_URL", "redis://localhost/1?foo=1"),
        ("REDIS_URL", "redis://localhost?socket_timeout=1"),
        ("REDIS_URL", "redis://localhost?ssl_cert_reqs=none"),
        ("REDIS_URL", "rediss://localhost?ssl_cert_reqs=perhaps"),
        ("REDIS_URL", "unix:///run/redis.sock?db=-1"),
        ("REDIS_HOST", "redis://localhost"),
        ("REDIS_PORT", "70000"),
        ("REDIS_DB", "a"),
    ],
)
def test_a_wrong_address_of_redis_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(env.WrongSetting, match=f"^{name} is "):
        env.redis_url(Path("/nowhere"))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "redis://localhost:6379/0"),
        ({"REDIS_HOST": "", "REDIS_PORT": ""}, "redis://localhost:6379/0"),
        ({"REDIS_HOST": "r", "REDIS_PORT": "7", "REDIS_DB": "2"}, "redis://r:7/2"),
        ({"REDIS_HOST": "r", "REDIS_PASSWORD": "a@b/c"}, "redis://:a%40b%2Fc@r:6379/0"),
        ({"REDIS_HOST": "::1"}, "redis://[::1]:6379/0"),
        ({"REDIS_URL": "rediss://u:p@r/1", "REDIS_HOST": "other"}, "rediss://u:p@r/1"),
        ({"REDIS_URL": "unix:///run/redis.sock"}, "unix:///run/redis.sock"),
        ({"REDIS_URL": "unix:///r.sock?db=3&password=p"}, "unix:///r.sock?db=3&password=p"),
        ({"REDIS_URL": "rediss://r/?ssl_cert_reqs=none"}, "rediss://r/?ssl_cert_reqs=none"),
    ],
)
def test_redis_is_where_the_variables_say(
    given: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD"):
        monkeypatch.setenv(name, given.get(name, ""))
    assert env.redis_url(Path("/nowhere")) == url


TLS = ("REDIS_TLS", "REDIS_TLS_CA", "REDIS_TLS_CERT", "REDIS_TLS_KEY")


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "REDIS_PASSWORD", *TLS):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "a file.pem"
    path.touch()
    return str(path)


def test_the_files_for_tls_go_into_the_address_so_that_every_client_has_them(
    pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in TLS[1:]:
        monkeypatch.setenv(name, pem)
    written = pem.replace(" ", "%20").replace("/", "%2F")
    files = f"ssl_ca_certs={written}&ssl_certfile={written}&ssl_keyfile={written}"
    monkeypatch.setenv("REDIS_URL", "rediss://ops:s@r:6400/1")
    assert env.redis_url(Path("/nowhere")).replace("/", "%2F") == (
        f"rediss://ops:s@r:6400/1?{files}".replace("/", "%2F")
    )
    monkeypatch.setenv("REDIS_URL", "rediss://r?db=3")
    assert "?db=3&ssl_ca_certs=" in env.redis_url(Path("/nowhere"))
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("REDIS_HOST", "r")
    assert env.redis_url(Path("/nowhere")).startswith("rediss://r:6379/0?ssl_ca_certs=")


@pytest.mark.parametrize(("said", "scheme"), [("on", "rediss"), ("off", "redis"), ("", "redis")])
def test_an_address_in_parts_can_ask_for_tls(
    said: str, scheme: str, pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_HOST", "r")
    monkeypatch.setenv("REDIS_TLS", said)
    assert env.redis_url(Path("/nowhere")) == f"{scheme}://r:6379/0"


@pytest.mark.parametrize(
    ("given", "name", "words"),
    [
        ({"REDIS_URL": "redis://r", "REDIS_TLS_CA": "{pem}"}, "REDIS_TLS_CA", "rediss://"),
        ({"REDIS_URL": "unix:///s", "REDIS_TLS_CERT": "{pem}"}, "REDIS_TLS_CERT", "rediss://"),
        ({"REDIS_URL": "rediss://r", "REDIS_TLS_CA": "/nowhere/ca.pem"}, "REDIS_TLS_CA", "No such file"),
        ({"REDIS_URL": "rediss://r", "REDIS_TLS_CA": "/etc"}, "REDIS_TLS_CA", "Is a directory"),
        ({"REDIS_URL": "rediss://r", "REDIS_TLS_KEY": "{pem}"}, "REDIS_TLS_KEY", "REDIS_TLS_CERT"),
        ({"REDIS_HOST": "r", "REDIS_TLS": "off", "REDIS_TLS_CA": "/nowhere"}, None, ""),
    ],
)
def test_files_that_serve_nothing_are_refused(
    given: dict[str, str], name: str | None, words: str, pem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in given.items():
        monkeypatch.setenv(variable, value.format(pem=pem))
    if name is None:
        assert env.redis_url(Path("/nowhere")) == "redis://r:6379/0"
        return
    with pytest.raises(env.WrongSetting, match=f"^{name} is ") as problem:
        env.redis_url(Path("/nowhere"))
    assert words in str(problem.value)


def test_a_refused_option_of_an_address_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "unix://:secret@/r.sock?password=secret&db=x")
    with pytest.raises(env.WrongSetting, match="db=…") as problem:
        env.redis_url(Path("/nowhere"))
    assert "secret" not in str(problem.value)


@pytest.fixture
def running_server(tmp_path: Path) -> Iterator[Path]:
    """A folder as the embedded server keeps it, with a process that works there."""
    process = subprocess.Popen(["/bin/cat"], cwd=tmp_path, stdin=subprocess.PIPE)
    (tmp_path / env.SERVER_PID).write_text(f"{process.pid}\n")
    (tmp_path / env.SERVER_URL).write_text("redis://127.0.0.1:6381/0")
    yield tmp_path
    process.kill()
    process.communicate()


def test_commands_find_the_embedded_server_where_it_runs(
    running_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert env.redis_url(running_server) == "redis://127.0.0.1:6381/0"
    monkeypatch.setenv("REDIS_PORT", "7")
    assert env.redis_url(running_server) == "redis://localhost:7/0"


@pytest.mark.parametrize("pid", ["1", "0", "", "x", "99999999"])
def test_files_that_a_dead_server_left_behind_are_not_believed(
    running_server: Path, pid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT"):
        monkeypatch.delenv(name, raising=False)
    (running_server / env.SERVER_PID).write_text(pid)
    assert env.redis_url(running_server) == "redis://localhost:6379/0"
