"""The admin's own policy and no other's, and answers instead of errors for whatever is asked of it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.db.models import Model
from django.test import Client

from orderstream.models import ApiKey, Product
from tests.admin.conftest import As

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(browser_of: As) -> Client:
    return browser_of("manager")


@pytest.mark.parametrize("path", ["/admin/", "/admin/orderstream/processing/1/change/", "/admin/jsi18n/"])
def test_the_admin_may_do_what_unfold_needs_and_no_more(browser: Client, path: str) -> None:
    policy = directives(browser.get(path)["Content-Security-Policy"])
    assert policy["script-src"] == {"'self'", "'unsafe-eval'"}
    assert policy["style-src"] == {"'self'", "'unsafe-inline'"}
    rest = {name: sources for name, sources in policy.items() if name not in {"script-src", "style-src"}}
    assert set().union(*rest.values()) == {"'self'", "'none'"}


@pytest.mark.parametrize("path", ["/place/", "/sign-in/", "/api/docs", "/admin/nothing-here/", "/nothing"])
def test_every_other_page_keeps_the_strict_one(browser: Client, path: str) -> None:
    policy = browser.get(path)["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert path == "/api/docs" or "unsafe-inline" not in policy


def directives(policy: str) -> dict[str, set[str]]:
    return {name: set(sources) for name, *sources in (part.split() for part in policy.split(";"))}


ODD = [
    "?p=abc",
    "?p=999999999999999999999",
    "?p=-1",
    "?o=abc.1.-99",
    "?q=%00",
    "?q=%ED%A0%80",
    "?q=" + "x" * 5000,
    "?nothing=1",
    "?pk__in=abc",
    "?id__exact=99999999999999999999999",
    "?password__startswith=a",
    "?_to_field=password",
    "?_popup=1",
    "?all=",
    "?e=1",
    "?name=%00",
    "?%00=1",
    "?_facets=x",
]


@pytest.mark.parametrize("query", ODD)
def test_no_question_is_an_error(query: str, rows: dict[type[Model], int], browser: Client) -> None:
    for name in ("product", "apikey", "auditentry", "fileimport", "effect"):
        answer = browser.get(f"/admin/orderstream/{name}/{query}")
        assert answer.status_code in {200, 302, 400}, name


@pytest.mark.parametrize(
    "key", ["0", "-1", "abc", "99999999999999999999999", "%00", "a_2Fb", "é", "1/change/x", "1.5", "_"]
)
def test_no_key_of_a_row_is_an_error(key: str, rows: dict[type[Model], int], browser: Client) -> None:
    for name in ("product", "apikey", "auditentry", "processing"):
        for page in ("change", "delete", "history"):
            answer = browser.get(f"/admin/orderstream/{name}/{key}/{page}/")
            assert answer.status_code in {302, 400, 403, 404}, f"{name} {page}"


@pytest.mark.parametrize("chosen", ["abc", "", "9" * 40, "-1", "1' or 1=1", "\x00"])
@pytest.mark.parametrize("action", ["revoke", "delete_selected", "burn", ""])
def test_no_action_on_odd_rows_is_an_error(
    chosen: str, action: str, rows: dict[type[Model], int], browser: Client
) -> None:
    for name in ("apikey", "product", "auditentry"):
        answer = browser.post(
            f"/admin/orderstream/{name}/", {"action": action, "_selected_action": chosen, "post": "yes"}
        )
        assert answer.status_code in {200, 302, 400, 403}
    assert ApiKey.objects.get().revoked_at is None
    assert Product.objects.count() == 1


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 100_000, "<script>alert(1)</script>"])
def test_no_text_in_a_field_is_an_error_or_comes_out_as_markup(
    text: str, rows: dict[type[Model], int], browser: Client
) -> None:
    given = {
        "name": text.encode("utf-8", "surrogatepass"),
        "product_id": "new",
        "stock": text.encode("utf-8", "surrogatepass"),
    }
    for path in (
        "/admin/orderstream/product/add/",
        "/admin/orderstream/apikey/add/",
        "/admin/auth/group/add/",
    ):
        answer = browser.post(path, given)
        assert answer.status_code in {200, 302, 400}
        assert b"<script>alert(1)" not in answer.content
    assert b"<script>alert(1)" not in browser.get("/admin/orderstream/auditentry/").content


def test_unfolds_search_which_breaks_the_cache_is_not_there(browser: Client) -> None:
    assert browser.get("/admin/search/?s=pro").status_code == 404


@pytest.fixture
def sql_away_for_products() -> Iterator[None]:
    def fail(execute: object, sql: str, *rest: object) -> object:
        if "orderstream_product" in sql:
            raise OperationalError("the database is gone")
        return execute(sql, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.usefixtures("sql_away_for_products")
def test_a_database_that_goes_away_is_said_and_is_no_fault(browser: Client) -> None:
    answer = browser.get("/admin/orderstream/product/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "The database does not answer" in answer.content.decode()
    assert "the database is gone" in answer.content.decode()


def test_messages_travel_in_a_cookie_that_scripts_cannot_read(browser: Client) -> None:
    group = Group.objects.get(name="viewer")
    answer = browser.post(f"/admin/auth/group/{group.pk}/change/", {"name": "viewer", "rights": []})
    cookie = answer.cookies["messages"]
    assert cookie["httponly"]
    assert "was changed" in browser.get(answer["Location"]).content.decode()
