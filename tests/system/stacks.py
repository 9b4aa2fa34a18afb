"""A local stack in the hands of a test: started, asked over HTTP, read from its output, ended."""

import http.client
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from http.cookies import SimpleCookie
from pathlib import Path

from orderstream.stack.server import data_folder, recorded_pid, works_in
from orderstream.streams.connection import connect
from orderstream.streams.lane import Lane
from tests.stack.commands import Command
from tests.waiting import wait_until

START_SECONDS = 60
OURS = re.compile(r"(REDIS_|ORDERSTREAM_|PORT$|DATABASE_URL$|SECRET_KEY$|DEBUG$|ALLOWED_HOSTS$)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stack:
    """One start of `runstack` on a folder of its own."""

    def __init__(self, folder: Path, number: int, environment: Mapping[str, str]) -> None:
        self.folder, self.port = folder, environment["PORT"]
        self.command = Command(
            folder.parent / f"output-{number}", environment, "runstack", "--folder", str(folder)
        )

    async def is_ready(self) -> "Stack":
        await wait_until(lambda: "is ready" in self.text or self.command.has_ended, START_SECONDS)
        assert not self.command.has_ended, self.text
        return self

    @property
    def text(self) -> str:
        return self.command.text

    def printed(self, pattern: str) -> str:
        found = re.search(pattern, self.text)
        assert found, f"{pattern} is not in:\n{self.text}"
        return found[1]

    @property
    def curl(self) -> list[str]:
        return [*shlex.split(self.printed(r"(curl .*)")), "--silent", "--max-time", "10"]

    def lane(self) -> Lane:
        port = self.printed(r"redis-cli -h 127\.0\.0\.1 -p (\d+)")
        return Lane(connect(f"redis://127.0.0.1:{port}/0"))

    def places(self) -> bool:
        return " 201 " in output_of(self.curl)

    async def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.command.send(number)
        await wait_until(lambda: self.command.has_ended, 60)
        return self.command.process.returncode

    def server_is_left(self) -> bool:
        pid = recorded_pid(data_folder(self.folder))
        return pid is not None and works_in(pid, data_folder(self.folder))


Start = Callable[..., Stack]
"""Settings as keywords; the stack may not be ready yet."""


def output_of(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def request(
    stack: Stack, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(f"127.0.0.1:{stack.port}", timeout=10)
    connection.request(method, path, body, dict(headers or {}))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie") or []:
        jar.load(header)
    return {name: morsel.value for name, morsel in jar.items()}
