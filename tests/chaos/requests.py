"""HTTP as the clients of a run need it: a connection for each request, and errors that say what is known."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from tests.waiting import passed

TIMEOUT_SECONDS: Final = 6.0
"""Beyond the 5 s after which a web process gives up Redis: its own answer says more than our impatience."""


class NotSent(Exception):  # noqa: N818 what happened to the request
    """Nobody listens there: the request reached nobody."""


class Unanswered(Exception):  # noqa: N818 likewise
    """It was sent, or a part of it, and no whole answer came: it may have been done."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to one web process with one API key."""

    url: str
    api_key: str

    async def post(self, path: str, body: object = None, *, key: str = "") -> Answer:
        return await self._send(self._request("POST", path, body, key))

    async def get(self, path: str) -> Answer:
        return await self._send(self._request("GET", path, None, ""))

    async def vanish(self, path: str, body: object, *, key: str, share: float, patience: float) -> None:
        """Send this share of the request, wait a little, and go without having read anything."""
        request = self._request("POST", path, body, key)
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                _, writer = await self._connect()
                try:
                    writer.write(request[: max(1, round(len(request) * share))])
                    await writer.drain()
                    await passed(patience)
                finally:
                    writer.transport.abort()

    async def _send(self, request: bytes) -> Answer:
        """NotSent, Unanswered."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reader, writer = await self._connect()
        except (OSError, TimeoutError) as error:
            raise NotSent(repr(error)) from None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                writer.write(request)
                return _answer(await reader.readuntil(b"\r\n\r\n"), await reader.read())
        except (OSError, TimeoutError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            raise Unanswered(repr(error)) from None
        finally:
            writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port)

    def _request(self, method: str, path: str, body: object, key: str) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            f"Authorization: Bearer {self.api_key}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "Connection: close",
        ]
        if key:
            lines.append(f"Idempotency-Key: {key}")
        return "\r\n".join([*lines, "", ""]).encode() + content


def _answer(head: bytes, content: bytes) -> Answer:
    """ValueError when it is cut short."""
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if len(content) != int(headers.get("content-length", -1)):
        raise ValueError(f"{len(content)} bytes of {headers.get('content-length')}")
    is_json = "json" in headers.get("content-type", "")
    return Answer(int(first.split()[1]), headers, json.loads(content) if is_json else None)
