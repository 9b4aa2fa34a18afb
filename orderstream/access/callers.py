"""The one who asks: a person with a session or a program with a key, and what they may do."""

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin

from orderstream.access.rights import Right


@dataclass(frozen=True, slots=True)
class Caller:
    """What every action needs to know of whoever asked for it."""

    # As recorded in events: user:<name> or key:<name>.
    actor: str
    # Whose idempotency keys; stays the same when a user is renamed or a key is replaced by its successor.
    scope: str
    rights: frozenset[Right]

    def may(self, right: Right) -> bool:
        return right in self.rights


def caller_from_user(user: AbstractBaseUser | AnonymousUser) -> Caller | None:
    """None for nobody and for the inactive. Asks SQL."""
    if not isinstance(user, PermissionsMixin) or not user.is_active:
        return None
    held = user.get_all_permissions()
    rights = frozenset(right for right in Right if right in held)
    return Caller(actor=f"user:{user.get_username()}", scope=f"user:{user.pk}", rights=rights)


caller_from_user_async = sync_to_async(caller_from_user)
