"""The person who looks at a page: how they are called, what they may do, and who may do what they may not."""

from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from orderstream.access.callers import Caller, caller_from_user
from orderstream.access.rights import Right

NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person, as the side of each page names them."""

    name: str
    role: str
    caller: Caller

    @property
    def initials(self) -> str:
        parts = self.name.replace(".", " ").split()
        return "".join(part[0] for part in parts[:2]).upper()


@sync_to_async
def viewer_from(user: AbstractBaseUser | AnonymousUser) -> Viewer | None:
    """None for nobody and for the inactive."""
    caller = caller_from_user(user)
    if caller is None or not isinstance(user, User):
        return None
    groups = user.groups.order_by("name").values_list("name", flat=True)
    return Viewer(user.get_full_name() or user.get_username(), ", ".join(groups), caller)


@sync_to_async
def who_has(right: Right) -> list[str]:
    """A few people to ask for it."""
    users = get_user_model().objects.with_perm(right, backend="django.contrib.auth.backends.ModelBackend")
    return [user.get_full_name() or user.get_username() for user in users.order_by("pk")[:NAMED_AT_MOST]]
