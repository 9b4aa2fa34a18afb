"""Products in the admin: stock is changed by a difference, lest what workers take meanwhile be given back."""

import pytest
from django.db.models import F
from django.test import Client

from orderstream.models import AuditEntry, Product
from tests.admin.conftest import As

pytestmark = pytest.mark.django_db

ADD = "/admin/orderstream/product/add/"


@pytest.fixture
def browser(browser_of: As) -> Client:
    return browser_of("manager")


@pytest.fixture
def tea() -> Product:
    return Product.objects.create(product_id="tea", name="Tea", stock=10, price="4.15")


def change(product: Product) -> str:
    return f"/admin/orderstream/product/{product.pk}/change/"


def test_a_product_is_made_with_its_first_stock(browser: Client) -> None:
    given = {"product_id": " coffee ", "name": "Coffee", "stock": "7", "price": ""}
    assert browser.post(ADD, given).status_code == 302
    product = Product.objects.get()
    assert (product.product_id, product.stock, product.price) == ("coffee", 7, None)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == ("user:manager", "configuration_changed")
    assert entry.subject == "product coffee"
    assert entry.details["before"] == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"product_id": ""}, "required"),
        ({"product_id": "tea"}, "already exists"),
        ({"product_id": "a\x07b"}, "U+0007"),
        ({"stock": "-1"}, "greater than or equal to 0"),
        ({"stock": "many"}, "whole number"),
        ({"stock": str(10**10)}, "less than or equal"),
        ({"price": "-1"}, "more than 0"),
        ({"price": "NaN"}, "Enter a number"),
    ],
)
def test_the_impossible_is_refused_at_its_field(
    browser: Client, tea: Product, given: dict[str, str], words: str
) -> None:
    answer = browser.post(ADD, {"product_id": "new", "name": "New", "stock": "1", "price": "1", **given})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert Product.objects.count() == 1


def test_what_workers_took_while_the_form_was_open_stays_taken(browser: Client, tea: Product) -> None:
    browser.get(change(tea))
    Product.objects.update(stock=F("stock") - 4)
    answer = browser.post(
        change(tea), {"name": "Green tea", "price": "4.15", "stock": "10", "difference": "5"}
    )
    assert answer.status_code == 302
    tea.refresh_from_db()
    assert (tea.name, tea.stock) == ("Green tea", 11)
    assert AuditEntry.objects.get().details == {
        "before": {"name": "Tea", "stock": 6},
        "after": {"name": "Green tea", "stock": 11},
    }


def test_an_edit_without_a_difference_leaves_the_stock_alone(browser: Client, tea: Product) -> None:
    Product.objects.update(stock=3)
    browser.post(change(tea), {"name": "Tea", "price": "5", "stock": "10", "difference": ""})
    tea.refresh_from_db()
    assert tea.stock == 3


@pytest.mark.parametrize("difference", ["-11", str(10**9), "x", str(10**30)])
def test_stock_does_not_go_below_nothing_or_beyond_its_column(
    browser: Client, tea: Product, difference: str
) -> None:
    answer = browser.post(change(tea), {"name": "Tea", "price": "", "difference": difference})
    assert answer.status_code == 200
    tea.refresh_from_db()
    assert tea.stock == 10


def test_the_id_that_orders_name_is_never_changed(browser: Client, tea: Product) -> None:
    browser.post(change(tea), {"product_id": "coffee", "name": "Tea", "price": "", "difference": ""})
    tea.refresh_from_db()
    assert tea.product_id == "tea"


def test_products_are_removed_one_by_one_or_many_with_a_record_of_each(browser: Client, tea: Product) -> None:
    other = Product.objects.create(product_id="other", name="Other")
    action = {"action": "delete_selected", "_selected_action": [tea.pk, other.pk], "post": "yes"}
    assert browser.post("/admin/orderstream/product/", action).status_code == 302
    assert not Product.objects.exists()
    assert {entry.subject for entry in AuditEntry.objects.all()} == {"product tea", "product other"}
