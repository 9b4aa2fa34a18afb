"""WebSockets open for our own pages only."""

import pytest
from channels.testing import WebsocketCommunicator
from pytest_django import Settings

from orderstream.access.origins import SameOrigin, is_allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://localhost:8000", "localhost:8000", True),
        ("https://localhost", "localhost", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://localhost:3000", "localhost:8000", False),
        ("http://evil.example", "localhost:8000", False),
        ("http://evil.example", "evil.example", False),
        ("http://localhost:8000.evil.example", "localhost:8000", False),
        ("http://ada@localhost:8000", "localhost:8000", False),
        ("file://localhost:8000", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("http://[", "localhost:8000", False),
        ("", "localhost:8000", False),
        ("", "", False),
        ("http://", "", False),
        ("http://orders.example", "10.0.0.7:8000", True),
    ],
)
def test_an_origin_is_our_own_or_a_trusted_one(
    origin: str, host: str, allowed: bool, settings: Settings
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://orders.example"]
    assert is_allowed(origin, host) is allowed


@pytest.mark.parametrize(
    ("origin", "connects"), [(b"http://localhost", True), (b"http://evil.example", False)]
)
async def test_a_page_of_another_origin_gets_no_socket(origin: bytes, connects: bool) -> None:
    async def accepting(scope: object, receive: object, send: object) -> None:
        await send({"type": "websocket.accept"})

    headers = [(b"host", b"localhost"), (b"origin", origin)]
    socket = WebsocketCommunicator(SameOrigin(accepting), "/ws/board/", headers)
    assert (await socket.connect())[0] is connects
    await socket.wait()
