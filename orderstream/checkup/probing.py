"""Asks an address without redis-py what it speaks: for errors that say no more than that nothing came."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, urlsplit

from orderstream.streams.causes import Cause, cause_of

PATIENCE_SECONDS: Final = 1.0
DEFAULT_PORT: Final = 6379
# Causes that may be another one in disguise.
VAGUE: Final = frozenset({Cause.CLOSED, Cause.TIMED_OUT, Cause.TLS_FAILED, Cause.TLS_NOT_SPOKEN})


async def sharpened(cause: Cause, url: str) -> Cause:
    """The cause, or the one that stands behind it; asks again over connections of its own."""
    parts = urlsplit(url)
    if cause not in VAGUE or parts.hostname is None:
        return cause
    host, port = parts.hostname, parts.port or DEFAULT_PORT
    said = await _said_in_plain(host, port)
    if said.startswith(b"-ERR max number of clients"):
        return Cause.TOO_MANY_CLIENTS
    if said.startswith(b"-DENIED"):
        return Cause.PROTECTED
    if said.startswith((b"+", b"-")):
        return Cause.TLS_NOT_SPOKEN if parts.scheme == "rediss" else cause
    if said:
        return Cause.NO_REDIS
    if parts.scheme == "redis" and await _speaks_tls(host, port):
        return Cause.TLS_WANTED
    if parts.scheme == "rediss" and cause is Cause.CLOSED:
        return await _told_over_tls(host, port, parse_qs(parts.query)) or cause
    return cause


async def _said_in_plain(host: str, port: int) -> bytes:
    """What comes by itself or in answer to PING: a full server speaks first and goes."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"PING\r\n")
                return await reader.read(64)
            finally:
                writer.close()
    return b""


async def _told_over_tls(host: str, port: int, options: Mapping[str, Sequence[str]]) -> Cause | None:
    """Why a server closes after the handshake, by only listening: redis-py writes at once, and the reset that
    it gets for that may overtake the alert."""
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    try:
        if "ssl_certfile" in options:
            anybody.load_cert_chain(options["ssl_certfile"][0], options.get("ssl_keyfile", [None])[0])
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, ssl=anybody)
            try:
                await reader.read(1)
            finally:
                writer.close()
    except ssl.SSLError as error:
        return cause_of(error)
    except (OSError, TimeoutError):
        return None
    return None


async def _speaks_tls(host: str, port: int) -> bool:
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _reader, writer = await asyncio.open_connection(host, port, ssl=anybody)
            writer.close()
    except ssl.SSLError as error:
        return "ALERT" in str(error)
    except (OSError, TimeoutError):
        return False
    return True
