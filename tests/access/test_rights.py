"""The groups and permissions that the migrations make, and how scopes stand to them."""

import pytest
from django.contrib.auth.models import Group, Permission

from orderstream.access.callers import caller_from_user
from orderstream.access.rights import GROUPS, SCOPES, Right, scope_for
from tests.access import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", GROUPS)
def test_a_migrated_group_has_exactly_its_rights(name: str) -> None:
    held = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    assert {f"{app}.{codename}" for app, codename in held} == set(GROUPS[name])


def test_each_right_is_one_permission() -> None:
    found = Permission.objects.filter(content_type__app_label="orderstream", content_type__model="right")
    assert {f"orderstream.{p.codename}" for p in found} == set(Right)


def test_no_scope_lets_a_key_make_keys() -> None:
    assert scope_for(Right.CONFIGURE) is None
    assert set(SCOPES.values()) == set(Right) - {Right.CONFIGURE}


def test_a_caller_has_the_rights_of_all_groups_and_a_name_for_events() -> None:
    user = people.person("viewer", name="grace")
    user.user_permissions.add(Permission.objects.get(codename="operate_stream"))
    caller = caller_from_user(user)
    assert caller is not None
    assert caller.actor == "user:grace"
    assert caller.rights == {Right.READ_ORDERS, Right.OPERATE_STREAM}


def test_the_inactive_are_nobody() -> None:
    assert caller_from_user(people.person("manager", is_active=False)) is None
