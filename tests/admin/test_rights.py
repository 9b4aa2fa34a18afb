"""Who may enter which page of the admin: the right to configure decides, and superusers alone see people."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from orderstream.admin.registry import site
from orderstream.models import ApiKey, AuditEntry, Processing, Product
from tests.admin.conftest import As

pytestmark = pytest.mark.django_db

PLAIN = ("index", "jsi18n", "password_change", "password_change_done")
STRANGERS = ("nobody", "viewer", "operator", "staff", "gone")
NEVER_ADDED = {"processing", "simulation", "auditentry", "fileimport", "effect"}


def paths(rows: dict[type[Model], int]) -> Iterator[tuple[str, str]]:
    """Name and path of every page there is, whatever is registered."""
    for name in PLAIN:
        yield name, reverse(f"admin:{name}")
    for label in ("orderstream", "auth"):
        yield label, reverse("admin:app_list", args=[label])
    for model in site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{model._meta.model_name} changelist", reverse(f"{base}_changelist")
        yield f"{model._meta.model_name} add", reverse(f"{base}_add")
        for page in ("change", "delete", "history"):
            yield f"{model._meta.model_name} {page}", reverse(f"{base}_{page}", args=[rows[model]])
    yield "user password", reverse("admin:auth_user_password_change", args=[rows[User]])


def test_every_table_of_the_admin_has_a_row_here(rows: dict[type[Model], int]) -> None:
    assert set(rows) == set(site._registry)


@pytest.mark.parametrize("who", STRANGERS)
def test_whoever_has_no_right_sees_no_page_and_changes_nothing(
    who: str, rows: dict[type[Model], int], browser_of: As
) -> None:
    browser = browser_of(who)
    before = state()
    for name, path in paths(rows):
        for answer in (browser.get(path), browser.post(path, {"name": "stolen", "post": "yes"})):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/admin/login/"), name
    assert state() == before


@pytest.mark.parametrize(("who", "status"), [("nobody", 302), ("viewer", 403), ("staff", 403), ("gone", 302)])
def test_they_are_sent_to_our_own_sign_in_or_told_that_they_may_not(
    who: str, status: int, browser_of: As
) -> None:
    answer = browser_of(who).get("/admin/login/?next=/admin/orderstream/product/")
    assert answer.status_code == status
    if status == 302:
        assert answer["Location"] == "/sign-in/?next=/admin/orderstream/product/"


def test_signing_in_on_our_page_leads_to_the_admin(browser_of: As) -> None:
    User.objects.create_user("mori", password="a-long-password").groups.add(Group.objects.get(name="manager"))
    given = {"username": "mori", "password": "a-long-password", "next": "/admin/"}
    answer = Client().post("/sign-in/?next=/admin/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_a_manager_is_let_in_without_being_staff(browser_of: As) -> None:
    browser = browser_of("manager")
    assert not User.objects.get(username="manager").is_staff
    assert browser.get("/admin/").status_code == 200
    assert browser.get("/admin/login/")["Location"] == "/admin/"


def forbidden_to(who: str) -> set[str]:
    """Pages that even those do not open who may configure."""
    never = {f"{model} add" for model in NEVER_ADDED}
    never |= {f"{model} delete" for model in NEVER_ADDED | {"apikey"}}
    people = {f"user {page}" for page in ("changelist", "add", "change", "delete", "history", "password")}
    return never if who == "root" else never | people | {"group delete"}


@pytest.mark.parametrize("who", ["manager", "configurer", "root"])
def test_every_page_opens_for_those_who_may(who: str, rows: dict[type[Model], int], browser_of: As) -> None:
    browser = browser_of(who)
    statuses = {name: browser.get(path).status_code for name, path in paths(rows)}
    assert {name for name, status in statuses.items() if status == 403} == forbidden_to(who)
    led_on = {name for name, status in statuses.items() if status == 302}
    # To the audit log, and to the only row of its table.
    histories = {f"{model._meta.model_name} history" for model in site._registry}
    assert led_on == (histories | {"processing changelist", "simulation changelist"}) - forbidden_to(who)
    assert {statuses[name] for name in statuses if name not in led_on | forbidden_to(who)} == {200}


def test_a_manager_can_do_nothing_to_people(rows: dict[type[Model], int], browser_of: As) -> None:
    browser = browser_of("manager")
    before = state()
    me = User.objects.get(username="manager").pk
    for path in (
        "/admin/auth/user/add/",
        f"/admin/auth/user/{me}/change/",
        f"/admin/auth/user/{rows[User]}/change/",
        f"/admin/auth/user/{rows[User]}/password/",
        f"/admin/auth/user/{rows[User]}/delete/",
    ):
        given = {"username": "manager", "is_superuser": "on", "is_active": "on", "is_staff": "on"}
        given |= {"password1": "x-y-z-1-2-3", "password2": "x-y-z-1-2-3", "post": "yes"}
        assert browser.post(path, given).status_code == 403, path
    action = {"action": "delete_selected", "_selected_action": rows[User], "post": "yes"}
    assert browser.post("/admin/auth/user/", action).status_code == 403
    assert state() == before


def test_records_cannot_be_changed_by_anybody(rows: dict[type[Model], int], browser_of: As) -> None:
    browser = browser_of("root")
    before = AuditEntry.objects.values_list().order_by("pk")
    pk = rows[AuditEntry]
    answers = [
        browser.post(f"/admin/orderstream/auditentry/{pk}/change/", {"actor": "user:nobody"}),
        browser.post(f"/admin/orderstream/auditentry/{pk}/delete/", {"post": "yes"}),
        browser.post("/admin/orderstream/auditentry/add/", {"actor": "user:nobody"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    action = {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
    browser.post("/admin/orderstream/auditentry/", action)
    assert list(AuditEntry.objects.values_list().order_by("pk")) == list(before)


def test_only_who_may_configure_finds_the_settings_on_the_board(browser_of: As) -> None:
    for who, is_shown in (("manager", True), ("operator", False)):
        page = browser_of(who).get("/place/").content.decode()
        assert ('href="/admin/"' in page) is is_shown


def test_the_first_page_names_what_one_may_open_and_leads_to_operations(browser_of: As) -> None:
    for who, sees_people in (("manager", False), ("root", True)):
        page = browser_of(who).get("/admin/").content.decode()
        assert "/admin/orderstream/processing/" in page
        assert ("/admin/auth/user/" in page) is sees_people
        assert "Pausing and draining workers are operations" in page


def state() -> list[object]:
    """All that somebody without rights might want to change."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (User, Group, Product, Processing, ApiKey, AuditEntry, User.groups.through)
    ]
