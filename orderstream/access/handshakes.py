"""Lets a session, and an address, open so many WebSockets a minute: each costs SQL a look and a snapshot."""

from typing import Any

from channels.security.websocket import WebsocketDenier

from orderstream.access import limits
from orderstream.access.addresses import address_of_scope
from orderstream.access.origins import Application


class LimitedHandshakes:
    """Between Channels' session, which is only named so far, and its user, who is looked up.

    Refused with 403 before it is open, all that Daphne can answer a handshake with: the board then asks over
    HTTP whether it may still watch, and comes back by itself, later each time.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        wants = limits.for_handshake(scope["session"].session_key, address_of_scope(scope))
        if await limits.seconds_to_wait(wants):
            return await WebsocketDenier()(scope, receive, send)
        return await self.application(scope, receive, send)
