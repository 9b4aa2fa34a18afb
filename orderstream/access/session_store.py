"""Sessions as Django keeps them, in SQL and the cache; known by their owner, and told of when they end.

SESSION_ENGINE names this module. What a session says of itself stands in it under the names below.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final, cast

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.db.models import QuerySet

from orderstream.access import notices
from orderstream.models import Session

SIGNED_IN_AT: Final = "signed_in_at"  # Unix seconds, as the next
SEEN_AT: Final = "seen_at"
ADDRESS: Final = "address"
AGENT: Final = "agent"

KEY: Final = re.compile(r"[a-z0-9]{32}", re.ASCII)


class SessionStore(CachedStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        """Anybody can send any cookie, and PostgreSQL answers a NUL with an error: what cannot be a key of
        ours never gets near a database."""
        return bool(key and KEY.fullmatch(key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        return _with_its_owner(cast(Session, super().create_model_instance(data)), data)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return _with_its_owner(cast(Session, await super().acreate_model_instance(data)), data)

    def delete(self, session_key: str | None = None) -> None:
        """All ends pass here: signing out, signing in on top, ending one from another. Its sockets close."""
        key = session_key or self.session_key
        had_owner = _owned(key).exists()
        super().delete(key)
        if key and had_owner:
            notices.send(_ended(key))

    async def adelete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        had_owner = await _owned(key).aexists()
        await super().adelete(key)
        if key and had_owner:
            await sync_to_async(notices.send)(_ended(key))


def _owned(session_key: str | None) -> QuerySet[Session]:
    return Session.objects.filter(session_key=session_key, user__isnull=False)


def _with_its_owner(row: Session, data: dict[str, Any]) -> Session:
    row.mark = notices.session_mark(row.session_key)
    row.user_id = data.get(SESSION_KEY)
    row.signed_in_at = _moment(data.get(SIGNED_IN_AT))
    row.seen_at = _moment(data.get(SEEN_AT))
    row.address = data.get(ADDRESS, "")
    row.agent = data.get(AGENT, "")
    return row


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _ended(session_key: str) -> notices.SessionEnded:
    return notices.SessionEnded(type="session.ended", session=notices.session_mark(session_key))
