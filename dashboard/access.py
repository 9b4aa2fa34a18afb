"""Who may watch: asked before a socket is accepted, and again for as long as it is open."""

from enum import Enum

from channels.db import database_sync_to_async

from dashboard.protocol import CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT
from orderstream.access.rights import Right
from orderstream.access.sessions import caller_of_session

# No request begins or ends here, so nothing else would drop a connection that the database has closed.
_look_up = database_sync_to_async(caller_of_session)


class Standing(Enum):
    """What a session is good for; the value is the code that a socket without it is closed with."""

    WELCOME = 0
    SIGNED_OUT = CLOSE_SIGNED_OUT
    FORBIDDEN = CLOSE_FORBIDDEN


async def standing_of(session_key: str | None) -> Standing:
    """Asks session, user and rights anew, never what the handshake once found."""
    if not session_key:
        return Standing.SIGNED_OUT
    caller = await _look_up(session_key)
    if caller is None:
        return Standing.SIGNED_OUT
    return Standing.WELCOME if caller.may(Right.READ_ORDERS) else Standing.FORBIDDEN
