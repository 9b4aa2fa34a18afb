"""Links that sign one person in, once, within ten minutes: made for whoever has a shell on the machine."""

import secrets
from datetime import timedelta
from typing import Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from orderstream.access.keys import digest_of
from orderstream.models import SignInLink

LIFETIME: Final = timedelta(minutes=10)


def issue(username: str) -> str:
    """The token for /sign-in/<token>/; raises DoesNotExist of the user model for nobody."""
    user = get_user_model()._default_manager.get_by_natural_key(username)
    SignInLink.objects.filter(expires_at__lte=timezone.now()).delete()
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(user=user, digest=digest_of(token), expires_at=timezone.now() + LIFETIME)
    return token


def is_good(token: str) -> bool:
    return _living(token).exists()


def use(token: str) -> User | None:
    """The person it signs in, the first time; None ever after."""
    link = _living(token).select_related("user").first()
    if link is None:
        return None
    # Of two at once, one deletes the row and the other finds none.
    deleted, _ = SignInLink.objects.filter(pk=link.pk).delete()
    return link.user if deleted else None


def _living(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        digest=digest_of(token), expires_at__gt=timezone.now(), user__is_active=True
    )
