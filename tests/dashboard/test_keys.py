"""Pages name the keys that do something there, and none where no script listens."""

import html
import re

import pytest

from orderstream.streams.lane import Lane
from tests.dashboard.pages import html_of, signed_in
from tests.orders import placed_order
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

LETTERS = ["g b", "g o", "g d", "g w", "g s"]
ALWAYS = ["Esc", "?"]


def keys_in(page: str) -> list[str]:
    """As the dialog names them."""
    terms = re.findall(r"<dt>(<kbd>.*?)</dt>", page)
    return [html.unescape(re.sub(r"<[^>]+>", "", term)) for term in terms]


@pytest.mark.parametrize(
    ("group", "path", "keys"),
    [
        ("operator", "/", ["n", "Ctrl ↵", "."]),
        ("viewer", "/", ["."]),
        ("operator", "/orders/{id}/", ["r", "c", "d", "n", "k", "j"]),
        ("viewer", "/orders/{id}/", ["k", "j"]),
        ("viewer", "/stream/", ["/", "j k", "Enter", "."]),
        ("viewer", "/stream/?find={id}", ["/", "j k", "Enter"]),
        ("viewer", "/workers/", []),
    ],
)
async def test_a_page_names_its_keys_and_the_letters_of_the_others(
    lane: Lane, group: str, path: str, keys: list[str]
) -> None:
    order_id = await placed_order(lane)
    page = await html_of(await signed_in(group), path.format(id=order_id))
    assert keys_in(page) == [*keys, *LETTERS, *ALWAYS]
    assert re.findall(r'aria-keyshortcuts="(g .)"', page) == LETTERS


@pytest.mark.parametrize(
    ("group", "path", "status"),
    [
        ("operator", "/?wall", 200),
        ("operator", "/place/", 200),
        ("viewer", "/place/", 403),
        ("viewer", "/account/", 200),
        ("viewer", "/orders/1-1/", 404),
    ],
)
async def test_where_no_script_listens_no_letter_is_named(
    lane: Lane, group: str, path: str, status: int
) -> None:
    answer = await (await signed_in(group)).get(path)
    page = answer.content.decode()
    assert (answer.status_code, keys_in(page)) == (status, [])
    assert 'aria-label="Pages"' in page
    assert 'aria-keyshortcuts="g' not in page
