"""Keeps a session in use alive: its time runs anew from each use, noted once a minute."""

import time
from typing import Final

import structlog
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from orderstream.access.session_store import SEEN_AT

logger = structlog.get_logger(__name__)

# Writing SQL for each request would make every reader of the board a writer of the database.
NOTED_SECONDS: Final = 60


class RenewingSessionMiddleware(SessionMiddleware):
    """Django's, which saves what was changed and sends the cookie with it."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        only_renewed = _renew(request.session)
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, DatabaseError) as error:
            if not only_renewed:
                raise
            # Good when it was asked. Signed out meanwhile, it stays so; without SQL it is noted another time.
            logger.warning("use of a session not noted", error=type(error).__name__)
            return response


def _renew(session: SessionBase) -> bool:
    """True if that is the one thing to be saved. One that nobody looked at is not loaded for this."""
    if not session.accessed or session.modified or SESSION_KEY not in session:
        return False
    now = int(time.time())
    seen = session.get(SEEN_AT)
    if isinstance(seen, int) and 0 <= now - seen < NOTED_SECONDS:
        return False
    session[SEEN_AT] = now
    return True
