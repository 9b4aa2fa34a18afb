"""Callers for tests: people in groups, and programs with keys."""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from orderstream.access import keys
from orderstream.models import ApiKey


def person(group: str | None = None, *, name: str = "ada", **given: object) -> User:
    user = User.objects.create_user(name, **given)
    if group is not None:
        user.groups.add(Group.objects.get(name=group))
    return user


def key(*scopes: str, name: str = "till") -> str:
    return keys.issue(name, scopes)


def revoked_key(*scopes: str) -> str:
    token = keys.issue("till", scopes)
    keys.revoke("till")
    return token


def expired_key(*scopes: str) -> str:
    token = keys.issue("till", scopes, lifetime=timedelta(days=1))
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return token
