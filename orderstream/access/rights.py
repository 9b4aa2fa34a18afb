"""Who may do what: the rights, and which of them a group of people or a scope of an API key carries.

Each is a permission too: models/access.py names it for people, a migration gives it to the groups.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Right(StrEnum):
    """A Django permission, as `has_perm` takes it."""

    READ_ORDERS = "orderstream.read_orders"
    PLACE_ORDERS = "orderstream.place_orders"
    OPERATE_ORDERS = "orderstream.operate_orders"
    OPERATE_STREAM = "orderstream.operate_stream"
    CONFIGURE = "orderstream.configure"


# No scope carries CONFIGURE: a key that could make keys would outlive its own revocation.
SCOPES: Mapping[str, Right] = MappingProxyType(
    {
        "orders:read": Right.READ_ORDERS,
        "orders:place": Right.PLACE_ORDERS,
        "orders:operate": Right.OPERATE_ORDERS,
        "stream:operate": Right.OPERATE_STREAM,
    }
)

# What the first migration gave them; from then on they are the manager's to change.
GROUPS: Mapping[str, frozenset[Right]] = MappingProxyType(
    {
        "viewer": frozenset({Right.READ_ORDERS}),
        "operator": frozenset({Right.READ_ORDERS, Right.PLACE_ORDERS, Right.OPERATE_ORDERS}),
        "manager": frozenset(Right),
    }
)


def held_by(user: object) -> frozenset[Right]:
    """What this person may do; nobody may give more than that to others."""
    has_perm = getattr(user, "has_perm", None)
    return frozenset(right for right in Right if has_perm is not None and has_perm(right))


def scope_for(right: Right) -> str | None:
    """The scope that carries the right, if any does."""
    return next((scope for scope, carried in SCOPES.items() if carried is right), None)
