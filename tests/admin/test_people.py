"""Groups and users: nobody raises anybody above themselves, nobody locks themselves out, all is recorded."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from orderstream.access.rights import Right
from orderstream.models import AuditEntry
from tests.access.people import person
from tests.admin.conftest import As, user, with_rights

pytestmark = pytest.mark.django_db


def group_path(name: str) -> str:
    return f"/admin/auth/group/{Group.objects.get(name=name).pk}/change/"


def rights_of(name: str) -> set[str]:
    return {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Group.objects.get(name=name).permissions.select_related("content_type")
    }


def test_a_manager_gives_a_group_a_right_and_takes_another(browser_of: As) -> None:
    given = {"name": "viewer", "rights": [Right.PLACE_ORDERS]}
    assert browser_of("manager").post(group_path("viewer"), given).status_code == 302
    assert rights_of("viewer") == {Right.PLACE_ORDERS}
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == ("user:manager", "group_changed", "group viewer")
    assert entry.details["before"] == {"rights": [Right.READ_ORDERS]}
    assert entry.details["after"] == {"rights": [Right.PLACE_ORDERS]}


def test_a_new_group_can_be_made(browser_of: As) -> None:
    browser_of("manager").post("/admin/auth/group/add/", {"name": "packers", "rights": [Right.READ_ORDERS]})
    assert rights_of("packers") == {Right.READ_ORDERS}


def test_nobody_gives_their_own_group_a_right_that_they_lack() -> None:
    configurers = Group.objects.create(name="configurers")
    browser, me = Client(), person("configurers", name="me")
    with_rights(me, Right.CONFIGURE)
    browser.force_login(me)
    page = browser.get(group_path("configurers")).content.decode()
    assert Right.OPERATE_STREAM not in page
    given = {"name": "configurers", "rights": [Right.CONFIGURE, Right.OPERATE_STREAM]}
    answer = browser.post(group_path("configurers"), given)
    assert "Select a valid choice" in answer.content.decode()
    assert not configurers.permissions.exists()


def test_rights_that_one_lacks_stay_as_they_are() -> None:
    browser = Client()
    browser.force_login(user("configurer"))
    assert browser.post(group_path("manager"), {"name": "manager", "rights": []}).status_code == 302
    assert rights_of("manager") == set(Right) - {Right.CONFIGURE}


def test_permissions_of_django_are_neither_offered_nor_taken(browser_of: As) -> None:
    permission = Permission.objects.get(codename="add_user")
    Group.objects.get(name="viewer").permissions.add(permission)
    browser = browser_of("manager")
    given = {
        "name": "viewer",
        "rights": [],
        "permissions": [Permission.objects.get(codename="delete_user").pk],
    }
    assert browser.post(group_path("viewer"), given).status_code == 302
    assert rights_of("viewer") == {"auth.add_user"}
    given = {"name": "viewer", "rights": ["auth.change_user"]}
    assert "Select a valid choice" in browser.post(group_path("viewer"), given).content.decode()


USER = {"username": "somebody", "is_active": "on", "first_name": "", "last_name": "", "email": ""}


@pytest.fixture
def somebody() -> User:
    return User.objects.create_user("somebody", password="a-long-password")


def test_a_superuser_puts_people_into_groups(browser_of: As, somebody: User) -> None:
    viewer = Group.objects.get(name="viewer")
    answer = browser_of("root").post(
        f"/admin/auth/user/{somebody.pk}/change/", {**USER, "groups": [viewer.pk]}
    )
    assert answer.status_code == 302
    assert list(somebody.groups.all()) == [viewer]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == ("user:root", "user_changed", "user somebody")
    assert entry.details == {"before": {"groups": []}, "after": {"groups": ["viewer"]}}


def test_a_superuser_makes_a_user_and_no_password_is_recorded(browser_of: As) -> None:
    given = {"username": "new", "password1": "correct-horse-9", "password2": "correct-horse-9"}
    answer = browser_of("root").post("/admin/auth/user/add/", {**given, "usable_password": "true"})
    assert answer.status_code == 302
    assert User.objects.get(username="new").check_password("correct-horse-9")
    assert "correct-horse-9" not in str(AuditEntry.objects.get().details)


def test_a_new_password_is_recorded_without_it(browser_of: As, somebody: User) -> None:
    given = {"password1": "correct-horse-9", "password2": "correct-horse-9", "usable_password": "true"}
    answer = browser_of("root").post(f"/admin/auth/user/{somebody.pk}/password/", given)
    assert answer.status_code == 302
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.details) == ("password_changed", "user somebody", {})


@pytest.mark.parametrize("name", ["is_active", "is_superuser"])
def test_nobody_takes_from_themselves_what_they_need_to_come_back(browser_of: As, name: str) -> None:
    browser = browser_of("root")
    root = User.objects.get(username="root")
    given = {**USER, "username": "root", "is_superuser": "on", name: ""}
    answer = browser.post(f"/admin/auth/user/{root.pk}/change/", given)
    assert "You cannot take this from yourself" in answer.content.decode()
    assert browser.post(f"/admin/auth/user/{root.pk}/delete/", {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": root.pk, "post": "yes"}
    browser.post("/admin/auth/user/", action)
    root.refresh_from_db()
    assert root.is_active
    assert root.is_superuser


def test_deleting_is_recorded_too(browser_of: As, somebody: User) -> None:
    browser_of("root").post(f"/admin/auth/user/{somebody.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(username="somebody").exists()
    assert AuditEntry.objects.get().details == {"before": {"name": "somebody"}, "after": {}}


def test_ones_own_password_can_be_changed_by_a_manager() -> None:
    me = person("manager", name="mori", password="a-long-password")
    browser = Client()
    browser.force_login(me)
    given = {"old_password": "a-long-password", "new_password1": "correct-horse-9"}
    answer = browser.post("/admin/password_change/", {**given, "new_password2": "correct-horse-9"})
    assert answer.status_code == 302
    me.refresh_from_db()
    assert me.check_password("correct-horse-9")
