"""Each cause why a server is not reached, made with a real one, is named; and each has words."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis

from orderstream.checkup.findings import Level
from orderstream.checkup.words import WORDS
from orderstream.streams.causes import Cause
from tests.certificates import Authority, Pair
from tests.checkup.conftest import Examine
from tests.servers import debian_redis_binary, free_port, running, valkey_binary


@pytest.fixture
def server() -> Iterator[tuple[int, Redis]]:
    """Its port, and a client to set it up with."""
    port = free_port()
    with running(valkey_binary(), "--port", str(port)) as url, Redis.from_url(url) as client:
        yield port, client


async def cause_at(url: str, report_on: Examine) -> Cause:
    report = await report_on(url)
    assert report.level is Level.FAILURE
    [finding] = report.findings
    what, remedy = WORDS[Cause(finding.cause)]
    assert finding.what.startswith(str(what))
    assert finding.remedy == str(remedy)
    assert "secret" not in f"{report.address} {finding.what}"
    return Cause(finding.cause)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("redis://:secret@localhost:1/0", Cause.REFUSED),
        ("redis://no-such-host.invalid:6379/0", Cause.UNKNOWN_HOST),
        ("unix:///nowhere/redis.sock", Cause.NO_SOCKET),
    ],
)
async def test_where_no_server_is(url: str, cause: Cause, report_on: Examine) -> None:
    assert await cause_at(url, report_on) is cause


async def test_a_user_and_a_password_that_are_wrong_or_missing_or_needless(
    server: tuple[int, Redis], report_on: Examine
) -> None:
    port, client = server
    assert await cause_at(f"redis://:secret@localhost:{port}", report_on) is Cause.PASSWORD_NEEDLESS
    client.config_set("requirepass", "right")
    assert await cause_at(f"redis://localhost:{port}", report_on) is Cause.PASSWORD_WANTED
    assert await cause_at(f"redis://:secret@localhost:{port}", report_on) is Cause.PASSWORD_WRONG
    assert await cause_at(f"redis://ada:secret@localhost:{port}", report_on) is Cause.PASSWORD_WRONG


async def test_a_database_that_there_is_not(server: tuple[int, Redis], report_on: Examine) -> None:
    assert await cause_at(f"redis://localhost:{server[0]}/99", report_on) is Cause.NO_SUCH_DATABASE


async def test_a_user_who_may_not_even_ask(server: tuple[int, Redis], report_on: Examine) -> None:
    port, client = server
    client.acl_setuser("ada", enabled=True, passwords=["+secret"], commands=["+get"], keys=["*"])
    assert await cause_at(f"redis://ada:secret@localhost:{port}", report_on) is Cause.FORBIDDEN


async def test_a_server_that_is_full_of_clients(report_on: Examine) -> None:
    port = free_port()
    server = running(debian_redis_binary(), "--port", str(port), "--maxclients", "1")
    with server, Redis(port=port) as only_one:
        only_one.ping()
        assert await cause_at(f"redis://localhost:{port}", report_on) is Cause.TOO_MANY_CLIENTS


@contextmanager
def answering(text: bytes | None) -> Iterator[int]:
    """A port where something else listens: it says this to whoever speaks; None takes connections only."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                    with one:
                        one.recv(1_000)
                        one.sendall(text or b"")
                except OSError:
                    return

        if text is not None:
            threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("text", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
async def test_a_port_at_which_something_else_answers(text: bytes, scheme: str, report_on: Examine) -> None:
    with answering(text) as port:
        assert await cause_at(f"{scheme}://localhost:{port}", report_on) is Cause.NO_REDIS


async def test_a_port_that_only_takes_connections(report_on: Examine) -> None:
    with answering(None) as port:
        assert await cause_at(f"redis://localhost:{port}", report_on) is Cause.TIMED_OUT


async def test_a_port_that_ends_each_connection(report_on: Examine) -> None:
    with answering(b"") as port:
        assert await cause_at(f"redis://localhost:{port}", report_on) is Cause.CLOSED


async def test_a_server_in_protected_mode(report_on: Examine) -> None:
    with answering(b"-DENIED Redis is running in protected mode because ...\r\n") as port:
        assert await cause_at(f"redis://localhost:{port}", report_on) is Cause.PROTECTED


async def test_tls_at_a_port_without(server: tuple[int, Redis], report_on: Examine) -> None:
    assert await cause_at(f"rediss://localhost:{server[0]}", report_on) is Cause.TLS_NOT_SPOKEN


@contextmanager
def speaking_tls(authority: Authority, pair: Pair, *options: str) -> Iterator[str]:
    """The part of the address that all have in common."""
    port = free_port()
    files = [
        *("--tls-ca-cert-file", str(authority.file)),
        *("--tls-cert-file", str(pair.certificate), "--tls-key-file", str(pair.key)),
    ]
    with running(debian_redis_binary(), "--tls-port", str(port), *files, *options):
        yield f"localhost:{port}"


async def test_everything_that_tls_may_fail_of(tmp_path: Path, report_on: Examine) -> None:
    authority = Authority(tmp_path)
    ca = f"ssl_ca_certs={quote(str(authority.file))}"
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with speaking_tls(authority, authority.pair()) as place:
        expected = {
            f"redis://{place}": Cause.TLS_WANTED,
            f"rediss://{place}": Cause.CERTIFICATE_UNTRUSTED,
            f"rediss://{place}?{ca}": Cause.OUR_CERTIFICATE_WANTED,
            f"rediss://{place.replace('localhost', '127.0.0.1')}?{ca}": Cause.CERTIFICATE_OF_ANOTHER,
            f"rediss://{place}?ssl_ca_certs={wrong}": Cause.OUR_FILE_UNFIT,
            f"rediss://{place}?{ca}&ssl_certfile={wrong}": Cause.OUR_FILE_UNFIT,
        }
        assert {url: await cause_at(url, report_on) for url in expected} == expected
    other = Authority(tmp_path, "Another").pair("orderstream")
    with speaking_tls(authority, authority.pair()) as place:
        shown = f"rediss://{place}?{ca}&ssl_certfile={other.certificate}&ssl_keyfile={other.key}"
        assert await cause_at(shown, report_on) is Cause.OUR_CERTIFICATE_WANTED
    old = authority.pair(valid_for=-timedelta(days=1))
    with speaking_tls(authority, old, "--tls-auth-clients", "no") as place:
        assert await cause_at(f"rediss://{place}?{ca}", report_on) is Cause.CERTIFICATE_EXPIRED


async def test_over_tls_all_is_fine(tmp_path: Path, report_on: Examine) -> None:
    authority = Authority(tmp_path)
    with speaking_tls(authority, authority.pair(), "--tls-auth-clients", "no") as place:
        report = await report_on(f"rediss://:@{place}?ssl_ca_certs={authority.file}")
        assert report.level is not Level.FAILURE
        assert [each.level for each in report.findings if each.check == "tls"] == [Level.FINE]
        report = await report_on(f"rediss://{place}?ssl_cert_reqs=none&ssl_check_hostname=false")
        assert [each.level for each in report.findings if each.check == "tls"] == [Level.WARNING]


def test_each_cause_has_words() -> None:
    assert set(WORDS) == set(Cause)
