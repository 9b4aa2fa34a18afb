"""Sessions: what cannot be one, how long they last, who has which, and their ends."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from orderstream.access import sessions
from orderstream.access.renewal import NOTED_SECONDS, RenewingSessionMiddleware
from orderstream.access.session_store import SEEN_AT, SessionStore
from orderstream.models import Session
from tests.access import people

pytestmark = pytest.mark.django_db

DAY = 86_400
LONGEST_COOKIE = "x" * 8_000


@pytest.fixture
def ada() -> User:
    return people.person("viewer", password="correct horse")


def signed_in(user: User, **given: str) -> Client:
    browser = Client(**given)
    browser.force_login(user)
    return browser


def key_of(browser: Client) -> str:
    return str(browser.cookies["sessionid"].value)


def set_back(browser: Client, seconds: int) -> None:
    """As if the session had been used that long ago for the last time."""
    session = SessionStore(key_of(browser))
    session[SEEN_AT] = int(time.time()) - seconds
    session.save()


@pytest.mark.parametrize(
    "cookie", ["", "x", "\x00", "a" * 31 + "\x00", "a" * 33, "A" * 32, "é" * 32, "a b", LONGEST_COOKIE]
)
def test_what_cannot_be_a_key_is_asked_of_no_database(
    cookie: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert SessionStore(cookie).session_key is None
        assert sessions.caller_of_session(cookie) is None


def test_a_session_lasts_a_day_from_its_last_use(ada: User) -> None:
    browser = signed_in(ada)
    assert browser.get("/account/").status_code == 200
    set_back(browser, NOTED_SECONDS)
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=30))
    answer = browser.get("/account/")
    assert answer.cookies["sessionid"]["max-age"] == DAY
    left = Session.objects.get().expire_date - timezone.now()
    assert DAY - 30 < left.total_seconds() <= DAY


def test_a_session_that_ran_out_is_none(ada: User) -> None:
    browser = signed_in(ada)
    key = key_of(browser)
    Session.objects.update(expire_date=timezone.now())
    SessionStore(key)._cache.delete(SessionStore.cache_key_prefix + key)
    assert browser.get("/account/").status_code == 302
    assert sessions.sign_ins(ada.pk, key) == ([], 0)


def test_use_is_noted_once_a_minute_and_not_by_each_request(ada: User) -> None:
    browser = signed_in(ada)
    assert "sessionid" not in browser.get("/account/").cookies
    set_back(browser, NOTED_SECONDS)
    assert "sessionid" in browser.get("/account/").cookies
    assert "sessionid" not in browser.get("/account/").cookies


def test_a_clock_that_went_back_is_noted_too(ada: User) -> None:
    browser = signed_in(ada)
    set_back(browser, -1_000)
    assert "sessionid" in browser.get("/account/").cookies


def test_requests_that_ask_for_nobody_load_no_session(
    ada: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(ada)
    set_back(browser, NOTED_SECONDS)
    with django_assert_num_queries(0):
        assert browser.get("/healthz").status_code == 200


def request_of(browser: Client) -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore(key_of(browser))
    assert request.session["_auth_user_id"]
    return request


def test_a_session_that_ends_while_it_is_used_stays_ended_and_the_answer_goes_out(ada: User) -> None:
    browser = signed_in(ada)
    set_back(browser, NOTED_SECONDS)
    request = request_of(browser)
    Session.objects.all().delete()
    middleware = RenewingSessionMiddleware(lambda request: HttpResponse())
    assert middleware.process_response(request, HttpResponse()).status_code == 200
    assert not Session.objects.exists()


def test_what_was_changed_in_a_session_that_ended_is_no_success(ada: User) -> None:
    request = request_of(signed_in(ada))
    request.session["wish"] = "kept"
    Session.objects.all().delete()
    middleware = RenewingSessionMiddleware(lambda request: HttpResponse())
    with pytest.raises(SessionInterrupted):
        middleware.process_response(request, HttpResponse())


def test_without_sql_a_page_that_needs_none_comes_all_the_same(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **given: Any) -> None:
        raise OperationalError("database is locked")

    browser = signed_in(ada)
    set_back(browser, NOTED_SECONDS)
    request = request_of(browser)
    monkeypatch.setattr(SessionStore, "save", away)
    middleware = RenewingSessionMiddleware(lambda request: HttpResponse())
    assert middleware.process_response(request, HttpResponse()).status_code == 200


def test_signing_in_notes_where_from_and_when(ada: User, settings: Settings) -> None:
    settings.ORDERSTREAM_SIGN_INS_PER_MINUTE = 0
    browser = Client(HTTP_USER_AGENT="Firefox/128\x07" + "x" * 1_000, REMOTE_ADDR="203.0.113.9")
    given = {"username": "ada", "password": "correct horse"}
    browser.get("/sign-in/")
    assert browser.post("/sign-in/", given).status_code == 302
    [[mine], besides] = sessions.sign_ins(ada.pk, key_of(browser))
    assert besides == 0
    assert mine.is_this
    assert mine.agent.startswith("Firefox/128")
    assert mine.signed_in_at == mine.seen_at
    assert mine.seen_at is not None
    assert abs((timezone.now() - mine.seen_at).total_seconds()) < 60


def test_sign_ins_are_ones_own_the_present_one_first(ada: User) -> None:
    signed_in(people.person(name="bob"))
    old, this, new = signed_in(ada), signed_in(ada), signed_in(ada)
    set_back(old, 5_000)
    set_back(this, 3_000)
    shown, _ = sessions.sign_ins(ada.pk, key_of(this))
    assert [each.is_this for each in shown] == [True, False, False]
    assert shown[1].seen_at > shown[2].seen_at  # type: ignore[operator] # both are known
    assert {sessions.end(ada.pk, each.mark) for each in shown} == {True}
    assert [b.get("/account/").status_code for b in (old, this, new)] == [302] * 3


def test_of_very_many_some_are_shown_and_the_others_counted(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "SHOWN", 2)
    browsers = [signed_in(ada) for _ in range(5)]
    shown, besides = sessions.sign_ins(ada.pk, key_of(browsers[0]))
    assert (len(shown), besides) == (2, 3)


def test_nobody_ends_the_session_of_another(ada: User) -> None:
    theirs = signed_in(people.person(name="bob"))
    mark = Session.objects.get().mark
    assert not sessions.end(ada.pk, mark)
    assert theirs.get("/account/").status_code == 200


@pytest.mark.parametrize("mark", ["", "x", "\N{GRINNING FACE}"])
def test_a_mark_of_nothing_ends_nothing(mark: str, ada: User) -> None:
    assert not sessions.end(ada.pk, mark)


def test_signing_out_everywhere_else_leaves_this_one(ada: User) -> None:
    bob = signed_in(people.person(name="bob"))
    here, *others = [signed_in(ada) for _ in range(4)]
    for browser in others:
        browser.get("/account/")  # so that the cache has them
    assert sessions.end_others(ada.pk, key_of(here)) == 3
    assert [browser.get("/account/").status_code for browser in others] == [302] * 3
    assert here.get("/account/").status_code == bob.get("/account/").status_code == 200


def test_a_changed_password_ends_the_other_sessions_at_once(ada: User) -> None:
    signed_in(people.person(name="bob"))
    signed_in(ada), signed_in(ada)
    ada.set_password("another one")
    ada.save()
    assert [row.user.get_username() for row in Session.objects.all() if row.user] == ["bob"]


def test_who_changes_the_own_password_stays_signed_in_here_alone(ada: User) -> None:
    here, there = signed_in(ada), signed_in(ada)
    request = request_of(here)
    ada.set_password("another one")
    ada.save()
    request.user = ada
    update_session_auth_hash(request, ada)
    answer = RenewingSessionMiddleware(lambda request: HttpResponse()).process_response(
        request, HttpResponse()
    )
    here.cookies["sessionid"] = answer.cookies["sessionid"].value
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert Session.objects.count() == 1


def test_the_admins_page_for_the_own_password_ends_the_other_sessions() -> None:
    root = people.person(name="root", password="correct horse", is_superuser=True, is_staff=True)
    here, there = signed_in(root), signed_in(root)
    given = {
        "old_password": "correct horse",
        "new_password1": "battery staple",
        "new_password2": "battery staple",
    }
    assert here.post("/admin/password_change/", given).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


@pytest.mark.parametrize("fields", [["last_login"], ["first_name"], None])
def test_any_other_change_of_a_person_ends_nothing(fields: list[str] | None, ada: User) -> None:
    browser = signed_in(ada)
    ada.first_name = "Ada"
    ada.save(update_fields=fields)
    assert browser.get("/account/").status_code == 200


def test_signing_in_sweeps_away_what_ran_out(ada: User) -> None:
    signed_in(ada)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    signed_in(ada)
    assert Session.objects.count() == 1


def test_the_key_that_opens_a_session_stands_in_no_mark(ada: User) -> None:
    browser = signed_in(ada)
    row = Session.objects.get()
    assert row.session_key == key_of(browser)
    assert key_of(browser) not in row.mark
    assert str(row) == row.mark
