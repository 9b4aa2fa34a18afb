"""A WebSocket as bytes on a connection, to ask a real Daphne what the communicator cannot show."""

import asyncio
import base64
import json
import os
import struct
import time
from dataclasses import dataclass
from typing import Any

TEXT, CLOSE, PING = 1, 8, 9


@dataclass
class RawSocket:
    """One that reads only when asked to, as a slow browser does."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    acknowledged_at: float = 0.0

    @classmethod
    async def open(cls, port: int, session: str, path: str = "/ws/board/") -> "RawSocket":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        host = f"127.0.0.1:{port}"
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            f"Cookie: sessionid={session}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            writer.close()
            raise ConnectionRefusedError(answer.split(b"\r\n")[0].decode())
        return cls(reader, writer)

    async def receive(self) -> dict[str, Any] | int:
        """A message, or the code of a close; 1006 when the connection just ends."""
        kind, payload = await self._next()
        if kind == CLOSE:
            return int.from_bytes(payload[:2], "big")
        message: dict[str, Any] = json.loads(payload)
        return message

    async def receive_text(self) -> bytes | None:
        """A message as it came; None when the connection ends."""
        kind, payload = await self._next()
        return payload if kind == TEXT else None

    async def _next(self) -> tuple[int, bytes]:
        while True:
            try:
                first, length = await self.reader.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack(">H", await self.reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
                payload = await self.reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return CLOSE, (1006).to_bytes(2, "big")
            if first & 15 in {CLOSE, TEXT}:
                return first & 15, payload

    def acknowledge_in_time(self, message: dict[str, Any]) -> None:
        """Four times a second at most: one for each of many quick frames would be a flood."""
        if time.monotonic() - self.acknowledged_at > 0.25:
            self.acknowledged_at = time.monotonic()
            self.acknowledge(message)

    def acknowledge(self, message: dict[str, Any]) -> None:
        given = {"type": "acknowledge.cursor", "cursor": message["cursor"], "at": message["at"]}
        self.send(json.dumps(given).encode())

    def send(self, payload: bytes) -> None:
        mask = b"\0\0\0\0"  # allowed, and the payload stays as it is
        self.writer.write(bytes([128 | TEXT, 128 | len(payload)]) + mask + payload)

    async def close(self) -> None:
        self.writer.close()
