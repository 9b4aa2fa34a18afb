"""Tells every web process at once that rights ended or the configuration changed, through the group `access`.

A message can be lost, so that whoever listens also looks again by itself after `conf.feed().rights_age`.
"""

import asyncio
import hashlib
from typing import Any, Final, Literal, TypedDict

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser, Group, Permission
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

logger = structlog.get_logger(__name__)

GROUP: Final = "access"
# Sockets would be closed within two seconds; whoever signs out does not wait longer for a Redis that hangs.
PATIENCE_SECONDS: Final = 2


class SessionEnded(TypedDict):
    """Somebody signed out, here or from elsewhere: close the sockets of exactly this session."""

    type: Literal["session.ended"]
    session: str


class RightsChanged(TypedDict):
    """Look up the rights of this user again, or of everybody if None (handler `rights_changed`)."""

    type: Literal["rights.changed"]
    user_id: int | None


class KeyRevoked(TypedDict):
    """Forget this API key (handler `key_revoked`)."""

    type: Literal["key.revoked"]
    digest: str


class ConfigurationChanged(TypedDict):
    """Read the rows of the configuration again."""

    type: Literal["configuration.changed"]


Notice = SessionEnded | RightsChanged | KeyRevoked | ConfigurationChanged


def session_mark(session_key: str | None) -> str:
    """Stands for a session in messages; the key itself opens it and stays out of them."""
    return hashlib.sha256(f"session:{session_key}".encode()).hexdigest()


def send(notice: Notice) -> None:
    """Once the transaction is committed; whoever looks earlier would find the old rights again.

    For synchronous code. A failure is no failure of the change itself: the minute's own look finds it.
    """
    transaction.on_commit(lambda: _send(notice))


def _send(notice: Notice) -> None:
    try:
        async_to_sync(_tell)(notice)
    except Exception as error:  # the layer raises what its backend raises; none may undo a sign-out
        logger.warning("notice not sent", notice=notice["type"], error=type(error).__name__)


async def _tell(notice: Notice) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await layer.group_send(GROUP, dict(notice))


def connect() -> None:
    """Hang the notices on Django's signals: the admin, a shell and our own views all pass here."""
    user_model = get_user_model()
    post_save.connect(_user_saved, sender=user_model, dispatch_uid="orderstream.access")
    post_delete.connect(_user_saved, sender=user_model, dispatch_uid="orderstream.access")
    post_delete.connect(_everybody, sender=Group, dispatch_uid="orderstream.access")
    post_delete.connect(_everybody, sender=Permission, dispatch_uid="orderstream.access")
    for of_user in (user_model.groups.through, user_model.user_permissions.through):
        m2m_changed.connect(_rights_of_user_changed, sender=of_user, dispatch_uid="orderstream.access")
    m2m_changed.connect(_everybody, sender=Group.permissions.through, dispatch_uid="orderstream.access")


def _user_saved(sender: object, instance: AbstractUser, **given: Any) -> None:
    if given.get("created"):
        return
    saved = given.get("update_fields")
    # Signing in saves `last_login` alone.
    if saved is None or {"is_active", "is_superuser", "password"} & set(saved):
        send(RightsChanged(type="rights.changed", user_id=instance.pk))


def _rights_of_user_changed(sender: object, instance: Any, action: str, reverse: bool, **given: Any) -> None:
    """`reverse`: the change came from a group's or permission's side, `instance` is that one."""
    if action.startswith("post_"):
        send(RightsChanged(type="rights.changed", user_id=None if reverse else instance.pk))


def _everybody(sender: object, **given: Any) -> None:
    if str(given.get("action", "post_")).startswith("post_"):
        send(RightsChanged(type="rights.changed", user_id=None))
