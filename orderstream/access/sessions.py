"""Who is signed in with which session: noted when it begins, looked up anew, listed for its owner, ended."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from django.contrib.auth import HASH_SESSION_KEY, get_user, get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.db.models import F, QuerySet
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils import timezone

from orderstream.access import notices
from orderstream.access.addresses import exact_address_of
from orderstream.access.callers import Caller, caller_from_user
from orderstream.access.session_store import ADDRESS, AGENT, SEEN_AT, SIGNED_IN_AT, SessionStore
from orderstream.models import Session

SHOWN: Final = 100
AGENT_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class SignIn:
    """One session, as its owner sees it. Times and browser of a session that another way made are unknown."""

    mark: str
    signed_in_at: datetime | None
    seen_at: datetime | None
    address: str
    agent: str
    is_this: bool


def caller_of_session(session_key: str) -> Caller | None:
    """Asks anew for session, user, password and rights; None when the session no longer signs anybody in."""
    request = SimpleNamespace(session=SessionStore(session_key))
    return caller_from_user(get_user(request))  # type: ignore[arg-type] # it only reads `session`


def connect() -> None:
    """Hang it on Django's signals: whoever signs in or changes a password, by whatever page, passes here."""
    user_logged_in.connect(_note_sign_in, dispatch_uid="orderstream.access")
    post_save.connect(_password_saved, sender=get_user_model(), dispatch_uid="orderstream.access.sessions")


def _note_sign_in(sender: object, request: HttpRequest, **given: Any) -> None:
    """Also the moment at which sessions that ran out are swept away."""
    now = int(time.time())
    agent = request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[:AGENT_LENGTH]
    address = exact_address_of(request)
    request.session.update({SIGNED_IN_AT: now, SEEN_AT: now, ADDRESS: address, AGENT: agent})
    SessionStore.clear_expired()


def _password_saved(sender: object, instance: AbstractUser, **given: Any) -> None:
    saved = given.get("update_fields")
    if not given.get("created") and (saved is None or "password" in saved):
        end_outdated(instance)


def sign_ins(user_id: int, session_key: str | None) -> tuple[list[SignIn], int]:
    """Those used last, this one first, and how many there are besides."""
    mine = notices.session_mark(session_key)
    living = _living(user_id)
    rows = living.order_by(F("seen_at").desc(nulls_last=True), "mark")[:SHOWN]
    shown = [
        SignIn(row.mark, row.signed_in_at, row.seen_at, row.address, row.agent, row.mark == mine)
        for row in rows
    ]
    shown.sort(key=lambda each: not each.is_this)
    return shown, max(0, living.count() - len(shown))


def end(user_id: int, mark: str) -> bool:
    """Sign that session out; False when this person has no such one."""
    row = _living(user_id).filter(mark=mark).first()
    if row is None:
        return False
    SessionStore(row.session_key).delete()
    return True


def end_others(user_id: int, session_key: str | None) -> int:
    """Sign out everywhere but here; how many that were."""
    return _end_all(user_id, _living(user_id).exclude(mark=notices.session_mark(session_key)))


def end_outdated(user: AbstractUser) -> int:
    """Sign out wherever somebody signed in with a password that is not the present one."""
    good = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    old = [
        row.session_key
        for row in _living(user.pk).iterator()
        if row.get_decoded().get(HASH_SESSION_KEY) not in good
    ]
    return _end_all(user.pk, Session.objects.filter(session_key__in=old)) if old else 0


def _living(user_id: int) -> QuerySet[Session]:
    return Session.objects.filter(user_id=user_id, expire_date__gt=timezone.now())


def _end_all(user_id: int, sessions: QuerySet[Session]) -> int:
    """However many they are: one delete, and one notice, on which all this person's sockets are looked at."""
    keys: Collection[str] = list(sessions.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    cache.delete_many([SessionStore.cache_key_prefix + key for key in keys])
    notices.send(notices.RightsChanged(type="rights.changed", user_id=user_id))
    return len(keys)
