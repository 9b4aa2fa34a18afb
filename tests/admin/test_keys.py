"""API keys in the admin: shown once, never with more rights than their maker, changed and revoked at once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orderstream.access import keys
from orderstream.access.rights import Right
from orderstream.models import ApiKey, AuditEntry
from tests.admin.conftest import As, user, with_rights

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r"os_[A-Za-z0-9_-]{43}")
ADD = "/admin/orderstream/apikey/add/"
LIST = "/admin/orderstream/apikey/"
DAY = {"expires_at_0": "", "expires_at_1": ""}


def change(key: ApiKey) -> str:
    return f"{LIST}{key.pk}/change/"


@pytest.fixture
def browser(browser_of: As) -> Client:
    return browser_of("manager")


def test_a_new_key_is_shown_exactly_once_and_is_good(browser: Client) -> None:
    answer = browser.post(ADD, {"name": "shop", "scopes": ["orders:place", "orders:read"], **DAY})
    (token,) = set(TOKEN.findall(answer.content.decode()))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.digest == keys.digest_of(token)
    assert (key.name, key.scopes, key.expires_at) == ("shop", ["orders:place", "orders:read"], None)
    for path in (LIST, change(key), "/admin/", "/admin/orderstream/auditentry/"):
        assert not TOKEN.search(browser.get(path).content.decode())
    assert token not in str(dict(browser.session))
    assert token not in str(browser.cookies)
    assert token not in str([entry.details for entry in AuditEntry.objects.all()])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "a:b"}, "A name has 1 to 56"),
        ({"name": "x" * 57}, "A name has 1 to 56"),
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 65}, "at most 64"),
        ({"name": "taken"}, "A living key has this name"),
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["orders:burn"]}, "Select a valid choice"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "Choose a moment to come"),
        ({"expires_at_0": "tomorrow", "expires_at_1": ""}, "Enter a valid"),
    ],
)
def test_what_cannot_be_made_is_refused_at_its_field(
    browser: Client, given: dict[str, object], words: str
) -> None:
    keys.issue("taken", ["orders:read"])
    answer = browser.post(ADD, {"name": "shop", "scopes": ["orders:read"], **DAY, **given})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not TOKEN.search(answer.content.decode())
    assert ApiKey.objects.count() == 1


def test_nobody_makes_a_key_that_may_do_more_than_they_may_themselves(browser_of: As) -> None:
    browser = Client()
    maker = with_rights(user("configurer"), Right.READ_ORDERS)
    browser.force_login(maker)
    assert "orders:place" not in browser.get(ADD).content.decode()
    answer = browser.post(ADD, {"name": "shop", "scopes": ["orders:read", "stream:operate"], **DAY})
    assert "Select a valid choice" in answer.content.decode()
    assert not ApiKey.objects.exists()
    browser.post(ADD, {"name": "shop", "scopes": ["orders:read"], **DAY})
    assert ApiKey.objects.get().scopes == ["orders:read"]


def test_its_end_can_be_changed_and_nothing_else(browser: Client) -> None:
    token = keys.issue("shop", ["orders:read"])
    key = ApiKey.objects.get()
    given = {
        "name": "till",
        "expires_at_0": "2100-01-01",
        "expires_at_1": "12:00",
        "scopes": ["orders:place"],
    }
    assert (
        browser.post(change(key), {**given, "digest": "x", "revoked_at_0": "2020-01-01"}).status_code == 302
    )
    key.refresh_from_db()
    # Under its name stand what it did and its idempotency keys: renamed, it would place an order twice.
    assert (key.name, key.expires_at.year if key.expires_at else None) == ("shop", 2100)
    assert (key.scopes, key.revoked_at, key.digest) == (["orders:read"], None, keys.digest_of(token))


def test_a_revoked_key_cannot_be_changed_and_none_can_be_deleted(browser: Client) -> None:
    keys.issue("shop", ["orders:read"])
    key = ApiKey.objects.get()
    assert browser.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    keys.revoke("shop")
    assert browser.post(change(key), {"name": "till", **DAY}).status_code == 403
    assert ApiKey.objects.get().name == "shop"


def test_revoking_asks_first_and_then_ends_the_living_ones(browser: Client) -> None:
    for name in ("shop", "till", "other"):
        keys.issue(name, ["orders:read"])
    chosen = list(ApiKey.objects.filter(name__in=("shop", "till")).values_list("pk", flat=True))
    action = {"action": "revoke", "_selected_action": chosen}
    asked = browser.post(LIST, action)
    assert "Revoke 2 keys" in asked.content.decode()
    assert not ApiKey.objects.exclude(revoked_at=None).exists()
    assert browser.post(LIST, {**action, "post": "yes"}).status_code == 302
    assert {key.name for key in ApiKey.objects.exclude(revoked_at=None)} == {"shop", "till"}
    again = browser.post(LIST, {**action, "post": "yes"}, follow=True)
    assert "None of these keys is living" in again.content.decode()


def test_each_deed_is_recorded_with_who_did_it(browser: Client) -> None:
    browser.post(ADD, {"name": "shop", "scopes": ["orders:read"], **DAY})
    key = ApiKey.objects.get()
    browser.post(change(key), {"expires_at_0": "2100-01-01", "expires_at_1": "12:00"})
    browser.post(LIST, {"action": "revoke", "_selected_action": key.pk, "post": "yes"})
    revoked, changed, issued = AuditEntry.objects.all()
    assert {entry.actor for entry in (issued, changed, revoked)} == {"user:manager"}
    assert (issued.action, issued.subject) == ("key_issued", "API key shop")
    assert issued.details == {"scopes": ["orders:read"], "expires_at": None}
    assert (changed.action, changed.subject) == ("key_changed", "API key shop")
    assert changed.details["before"] == {"expires_at": None}
    assert changed.details["after"]["expires_at"].startswith("2100-01-01")
    assert (revoked.action, revoked.details) == ("key_revoked", {"scopes": ["orders:read"]})


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
async def test_a_key_that_is_given_an_end_has_it_at_once() -> None:
    from asgiref.sync import sync_to_async

    token = await sync_to_async(keys.issue)("shop", ["orders:read"])
    caller = await keys.caller_for(token)
    assert caller is not None
    key = await ApiKey.objects.aget()
    await sync_to_async(keys.change)(key, expires_at=timezone.now() - timedelta(seconds=1))
    assert await keys.caller_for(token) is None
