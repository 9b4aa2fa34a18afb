"""The board's socket as an ASGI application: who may open it, what comes in, that it deregisters in the end.

No Channels consumer: that one hops to a thread for each message and dies with Redis, because each socket
waits for the channel layer. Here one guard listens for all sockets.
"""

import time
from typing import Any
from urllib.parse import parse_qs

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable

from dashboard import lobby
from dashboard.access import Standing, standing_of
from dashboard.clients import Client
from dashboard.cursors import Cursor
from dashboard.protocol import CLOSE_BAD_MESSAGE, CLOSE_FLOODED, MessageRefused, ProtocolError, parse


# `scope` has parts that Channels' middleware put there and asgiref's types do not know.
async def board(scope: Any, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Checked before it is accepted: a browser without the right gets a 403 and no socket at all."""
    await receive()  # websocket.connect
    session_key = scope["session"].session_key
    standing = await standing_of(session_key)
    if standing is not Standing.WELCOME:
        await send({"type": "websocket.close", "code": standing.value, "reason": None})
        return
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    client = _client(send, session_key, scope["user"].pk)
    try:
        await lobby.here().enter(client, _cursor(scope["query_string"]))
        await _listen(receive, client)
    finally:
        await lobby.here().leave(client)


def _client(send: ASGISendCallable, session_key: str, user_id: int) -> Client:
    async def send_text(text: str) -> None:
        await send({"type": "websocket.send", "text": text})  # type: ignore[arg-type] # one of text and bytes will do

    async def close(code: int) -> None:
        await send({"type": "websocket.close", "code": code, "reason": None})

    return Client(send_text, close, session_key, user_id)


def _cursor(query: bytes) -> Cursor | None:
    """A cursor that is none costs its sender a snapshot, no more."""
    given = parse_qs(query.decode("latin-1"), max_num_fields=10, errors="replace") if len(query) < 256 else {}
    try:
        return Cursor.parse(given["cursor"][0])
    except (KeyError, ValueError):
        return None


async def _listen(receive: ASGIReceiveCallable, client: Client) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message["type"] == "websocket.receive" and not client.is_closing:
            await _hear(client, message.get("text"))


async def _hear(client: Client, text: str | None) -> None:
    client.heard()
    if not client.inward.allows(time.monotonic()):
        await client.close(CLOSE_FLOODED)
        return
    try:
        client.window.acknowledge(parse(text))
    except ProtocolError as error:
        await client.tell(MessageRefused(error.code))
        await client.close(CLOSE_BAD_MESSAGE)
