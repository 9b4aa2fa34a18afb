"""Signing in by password or one-time link, and signing out: only from our own pages, only as oneself."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from orderstream.access import links
from orderstream.models import SignInLink
from tests.access import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limits(settings: Settings) -> None:
    """Each request of a synchronous client has its own event loop, whose connections nobody would close."""
    settings.ORDERSTREAM_SIGN_INS_PER_MINUTE = 0


@pytest.fixture
def person() -> User:
    user = people.person("viewer")
    user.set_password("correct horse")
    user.save()
    return user


def signed_in_as(browser: Client) -> Any:
    return browser.session.get("_auth_user_id")


def test_the_right_password_signs_in_and_leads_where_one_wanted(browser: Client, person: User) -> None:
    given = {"username": "ada", "password": "correct horse", "next": "/place/"}
    answer = browser.post("/sign-in/", given)
    assert (answer.status_code, answer["Location"]) == (302, "/place/")
    assert signed_in_as(browser) == str(person.pk)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(target: str, browser: Client, person: User) -> None:
    given = {"username": "ada", "password": "correct horse", "next": target}
    assert browser.post("/sign-in/", given)["Location"] == "/"


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"username": "nobody"}, {"username": ""}])
def test_a_wrong_name_or_password_says_so_and_no_more(
    given: dict[str, str], browser: Client, person: User
) -> None:
    answer = browser.post("/sign-in/", {"username": "ada", "password": "correct horse"} | given)
    assert answer.status_code == 200
    assert signed_in_as(browser) is None


def test_the_inactive_do_not_get_in(browser: Client, person: User) -> None:
    User.objects.update(is_active=False)
    browser.post("/sign-in/", {"username": "ada", "password": "correct horse"})
    assert signed_in_as(browser) is None


def test_signing_out_takes_a_post(browser: Client, person: User) -> None:
    browser.force_login(person)
    assert browser.get("/sign-out/").status_code == 405
    assert signed_in_as(browser)
    assert browser.post("/sign-out/").status_code == 302
    assert signed_in_as(browser) is None


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-out/", "/sign-in/x/"])
def test_no_other_site_signs_anybody_in_or_out(path: str, person: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(path).status_code == 403
    assert signed_in_as(client)


def test_a_link_signs_in_once(browser: Client, person: User) -> None:
    token = links.issue("ada")
    assert browser.post(f"/sign-in/{token}/")["Location"] == "/"
    assert signed_in_as(browser) == str(person.pk)
    other = Client()
    assert other.post(f"/sign-in/{token}/").status_code == 410
    assert signed_in_as(other) is None


def test_looking_at_a_link_does_not_use_it_up(browser: Client, person: User) -> None:
    token = links.issue("ada")
    for _ in range(2):
        answer = browser.get(f"/sign-in/{token}/")
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
    assert signed_in_as(browser) is None
    assert browser.post(f"/sign-in/{token}/").status_code == 302


def test_a_link_runs_out(browser: Client, person: User) -> None:
    token = links.issue("ada")
    assert SignInLink.objects.get().expires_at <= timezone.now() + timedelta(minutes=10)
    SignInLink.objects.update(expires_at=timezone.now())
    assert browser.get(f"/sign-in/{token}/").status_code == 410
    assert browser.post(f"/sign-in/{token}/").status_code == 410
    assert signed_in_as(browser) is None


def test_a_link_of_the_inactive_is_no_good(browser: Client, person: User) -> None:
    token = links.issue("ada")
    User.objects.update(is_active=False)
    assert browser.post(f"/sign-in/{token}/").status_code == 410


@pytest.mark.parametrize("token", ["x", "%00", "é", "a" * 5000])
def test_a_made_up_link_is_no_good(token: str, browser: Client, person: User) -> None:
    links.issue("ada")
    assert browser.get(f"/sign-in/{token}/").status_code == 410
    assert browser.post(f"/sign-in/{token}/").status_code == 410


def test_the_token_is_stored_nowhere(person: User) -> None:
    token = links.issue("ada")
    assert token not in str(SignInLink.objects.values().get())


@pytest.mark.parametrize("charset", ["base64", "unicode_escape", "rot13", "no-such"])
def test_a_form_in_another_encoding_is_refused_before_it_is_read(charset: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    body = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n\\ud800\r\n--x--\r\n'
    media = f"multipart/form-data; boundary=x; charset={charset}"
    answer = client.generic("POST", "/sign-in/", body, media)
    assert answer.status_code == 400
