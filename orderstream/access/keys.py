"""API keys: made, revoked, and looked up from memory so that no order waits for SQL."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from orderstream.access import notices
from orderstream.access.callers import Caller
from orderstream.access.rights import SCOPES
from orderstream.models import ApiKey

logger = structlog.get_logger(__name__)

PREFIX: Final = "os_"
TOKEN: Final = re.compile(r"os_[A-Za-z0-9_-]{43}")
# No colon: `key:<name>` must read in one way only, in events and in the keys of idempotency.
NAME: Final = re.compile(r"[\w .@+/-]+")
# With `key:` in front it is an actor, which events hold in full up to 60 bytes.
NAME_BYTES: Final = 56
NAME_RULE: Final = (
    "A name has 1 to 56 letters, digits, blanks or . @ + / - _; a letter beyond a to z counts as 2 to 4."
)
REMEMBERED_SECONDS: Final = 60
ASK_AGAIN_SECONDS: Final = 5
REMEMBERED_AT_MOST: Final = 10_000
USE_NOTED_SECONDS: Final = 60


class KeyNotIssued(ValueError):  # noqa: N818 # says what happened
    """The key cannot be made as asked; the message says why."""


@dataclass(slots=True)
class _Known:
    """What SQL said of a digest: `caller` is None when no such key is good."""

    caller: Caller | None
    pk: int | None
    expires_at: datetime | None
    looked_up: float
    use_noted: float = float("-inf")


_known: dict[str, _Known] = {}
# Raised by each `forget`: what was asked of SQL before it is not remembered after it.
_forgotten = 0
_noting: set[asyncio.Task[None]] = set()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    name: str,
    scopes: Iterable[str],
    *,
    replace: bool = False,
    lifetime: timedelta | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make a key and return it; it cannot be shown again. `replace` revokes a living one of that name."""
    scopes = sorted(set(scopes))
    if not is_name(name):
        raise KeyNotIssued(NAME_RULE)
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise KeyNotIssued(f"There is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}.")
    if not scopes:
        raise KeyNotIssued(f"Give the key at least one scope of {', '.join(SCOPES)}.")
    token = PREFIX + secrets.token_urlsafe(32)
    if lifetime:
        expires_at = timezone.now() + lifetime
    try:
        with transaction.atomic():
            if replace:
                revoke(name)
            ApiKey.objects.create(name=name, digest=digest_of(token), scopes=scopes, expires_at=expires_at)
    except IntegrityError:
        raise KeyNotIssued(f"There is a key named {name!r}; revoke it, or choose another name.") from None
    return token


def is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None and name == name.strip() and len(name.encode()) <= NAME_BYTES


def is_taken(name: str) -> bool:
    """By a living key."""
    return ApiKey.objects.filter(name=name, revoked_at=None).exists()


def change(key: ApiKey, *, expires_at: datetime | None) -> None:
    """Let it run out at another time. Its name stays: idempotency keys and events are under it."""
    key.expires_at = expires_at
    with transaction.atomic():
        key.save(update_fields=["expires_at"])
        _forget_everywhere(key.digest)


def revoke(name: str) -> bool:
    """End the living key of that name, everywhere at once; False when there is none."""
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().filter(name=name, revoked_at=None).first()
        if key is None:
            return False
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        _forget_everywhere(key.digest)
    return True


async def caller_for(token: str) -> Caller | None:
    """Whoever holds this key, None if it is no good; known for 60 s, and on while SQL is away."""
    if not TOKEN.fullmatch(token):
        return None
    digest = digest_of(token)
    known = _known.get(digest)
    if known is None or time.monotonic() - known.looked_up > REMEMBERED_SECONDS:
        known = await _look_up(digest, known)
    if known.expires_at is not None and known.expires_at <= datetime.now(UTC):
        return None
    if known.caller is not None:
        _note_use(known)
    return known.caller


def forget(digest: str | None = None) -> None:
    """Ask SQL again for this key, or for all: after a notice, and after notices may have been missed."""
    global _forgotten  # one memory in each process is the point
    _forgotten += 1
    if digest is None:
        _known.clear()
    else:
        _known.pop(digest, None)


def _forget_everywhere(digest: str) -> None:
    transaction.on_commit(lambda: forget(digest))
    notices.send(notices.KeyRevoked(type="key.revoked", digest=digest))


async def _look_up(digest: str, before: _Known | None) -> _Known:
    asked_at = _forgotten
    try:
        key = await ApiKey.objects.filter(digest=digest, revoked_at=None).afirst()
    except (OperationalError, InterfaceError) as error:
        if before is None:
            raise
        # It stays good while SQL is away. Asked again a little later, not by each request: a SQL that hangs
        # would make every order wait for its time-out.
        logger.warning("key not looked up again", error=type(error).__name__)
        before.looked_up = time.monotonic() - REMEMBERED_SECONDS + ASK_AGAIN_SECONDS
        return before
    if key is None:
        known = _Known(None, None, None, time.monotonic())
    else:
        rights = frozenset(SCOPES[scope] for scope in key.scopes if scope in SCOPES)
        caller = Caller(actor=f"key:{key.name}", scope=f"key:{key.name}", rights=rights)
        known = _Known(caller, key.pk, key.expires_at, time.monotonic())
    if before is not None:
        known.use_noted = before.use_noted
    if len(_known) >= REMEMBERED_AT_MOST:
        _known.clear()  # somebody tries keys; those who have one are looked up again
    if asked_at == _forgotten:
        _known[digest] = known
    return known


def _note_use(known: _Known) -> None:
    """At most once a minute, and never before the answer."""
    now = time.monotonic()
    if now - known.use_noted < USE_NOTED_SECONDS or known.pk is None:
        return
    known.use_noted = now
    task = asyncio.create_task(_write_use(known.pk))
    _noting.add(task)
    task.add_done_callback(_noting.discard)


async def _write_use(pk: int) -> None:
    try:
        await ApiKey.objects.filter(pk=pk).aupdate(last_used_at=timezone.now())
    except DatabaseError as error:
        logger.warning("use of a key not noted", key=pk, error=type(error).__name__)
