"""What a person sees in the terminal, and what must not be seen there."""

import io

import pytest

from orderstream.stack.composition import Options
from orderstream.stack.console import Console
from orderstream.stack.preparation import Prepared
from orderstream.stack.welcome import redis_cli, welcome


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_names_are_coloured_on_a_terminal_only_and_always_the_same():
    plain, coloured = Console(io.StringIO(), coloured=False), Console(io.StringIO(), coloured=True)
    for console in (plain, coloured):
        console.line("web", "one")
        console.line("keeper", "two")
        console.line("web", "three")
    assert plain.stream.getvalue() == "web      | one\nkeeper   | two\nweb      | three\n"
    first, second, third = coloured.stream.getvalue().splitlines()
    assert first.startswith("\x1b[")
    assert first.removesuffix("one") == third.removesuffix("three")
    assert first[:5] != second[:5]


def test_a_closed_terminal_ends_nothing():
    console = Console(Closed(), coloured=False)
    console.say("nobody reads this")
    console.say("nor this")


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("redis://127.0.0.1:6380/0", "redis-cli -h 127.0.0.1 -p 6380"),
        ("redis://:secret@redis.example/3", "redis-cli -h redis.example -p 6379 -n 3 --askpass"),
        (
            "rediss://ops:secret@redis.example:6400",
            "redis-cli -h redis.example -p 6400 --tls --user ops --askpass",
        ),
        (
            "rediss://redis.example/0?ssl_ca_certs=%2Fetc%2Fca.pem&ssl_certfile=/c&ssl_keyfile=/k",
            "redis-cli -h redis.example -p 6379 --tls --cacert /etc/ca.pem --cert /c --key /k",
        ),
        ("unix:///run/redis.sock", "redis-cli -s /run/redis.sock"),
    ],
)
def test_the_redis_line_reaches_the_server_and_shows_no_password(url, line):
    assert redis_cli(url) == line


def test_the_welcome_names_every_way_in():
    text = welcome("http://127.0.0.1:8000", "redis://127.0.0.1:6379/0", Prepared("TOKEN", "os_KEY"))
    for part in (
        "http://127.0.0.1:8000/",
        "/sign-in/TOKEN/",
        "/api/docs",
        "redis-cli -h 127.0.0.1",
        "curl ",
        "Authorization: Bearer os_KEY",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104  compared, not bound
        ("::1", "http://[::1]:8000"),
        ("orders.local", "http://orders.local:8000"),
    ],
)
def test_the_address_can_be_opened(host, address):
    assert Options(host=host).address == address
