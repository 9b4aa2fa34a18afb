"""I14: whatever is sent, no answer is a 500, and every refusal is a problem."""

import asyncio
import json
import re
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from django.test import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.access import people
from tests.api.conftest import bearer
from tests.web import close_all

# Hundreds of requests each: on a busy machine they take longer than other tests may.
pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.timeout(240)]

EXAMPLES = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

WRITABLE = (
    "/api/orders",
    "/api/orders/batch",
    "/api/orders/cancel",
    "/api/orders/5-5/discard",
    "/api/orders/5-5/notes",
    "/api/control/resume",
    "/api/workers/w-1/drain",
)
ANY_TEXT = st.text(st.characters(), max_size=80)
NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from(["1e999", "-0", "1E+2", "NaN", "0x1", "01", "1.", "9" * 5000])
)
SCALARS = st.one_of(st.none(), st.booleans(), ANY_TEXT, NUMBERS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["customer_id", "product_id", "quantity", "price", "note", "reference", "orders", "reason", "text", "x"]
)
NEARLY_ORDERS = st.dictionaries(FIELDS, VALUES, max_size=7)
# Header values as a server would let them through: no line ends, no NUL.
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300)
HEADER_NAMES = st.sampled_from(
    [
        "authorization",
        "cookie",
        "content-type",
        "content-length",
        "content-encoding",
        "idempotency-key",
        "x-csrftoken",
        "origin",
        "referer",
        "accept",
        "accept-language",
        "host",
        "x-forwarded-proto",
    ]
)
PATHS = st.sampled_from(
    [
        "/api/orders",
        "/api/orders/batch",
        "/api/orders/1-1",
        "/api/orders/1-1/events",
        "/api/metrics",
        "/api/ranking",
        "/api/verdict",
        "/api/orders/1-1/cancel",
        "/api/orders/requeue",
        "/api/workers",
        "/api/workers/w-1/concurrency",
        "/api/audit",
        "/api/openapi.json",
        "/api/docs",
        "/api/",
        "/sign-in/",
        "/sign-in/x/",
        "/healthz",
    ]
)


def written(value: Any) -> bytes:
    """JSON that json.dumps would not write: half surrogates, and numbers as they were drawn."""
    return json.dumps(value).encode()


def assert_sound(answer: Any) -> None:
    assert answer.status_code < 500, answer.content
    has_body = answer.request["method"] != "HEAD"
    if answer.status_code >= 400 and answer.request["path"].startswith("/api/") and has_body:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


class Asker:
    """One key and one event loop for all the examples of a test."""

    def __init__(self, runner: asyncio.Runner, token: str) -> None:
        self.runner = runner
        self.caller = bearer(token)

    def __call__(self, answer: Coroutine[Any, Any, Any]) -> None:
        assert_sound(self.runner.run(answer))

    def post(self, path: str, body: bytes) -> None:
        self(self.caller.post(path, body))

    def get(self, path: str) -> None:
        self(self.caller.get(path))


@pytest.fixture
def ask(transactional_db: None) -> Iterator[Asker]:
    with asyncio.Runner() as runner:
        yield Asker(runner, people.key("orders:place", "orders:read", "orders:operate", "stream:operate"))
        runner.run(close_all())


@EXAMPLES
@given(path=st.sampled_from(WRITABLE), body=st.binary(max_size=200))
def test_any_bytes(ask: Asker, path: str, body: bytes) -> None:
    ask.post(path, body or b" ")


@EXAMPLES
@given(path=st.sampled_from(WRITABLE), value=NEARLY_ORDERS | VALUES)
def test_any_json(ask: Asker, path: str, value: Any) -> None:
    ask.post(path, written(value))


@EXAMPLES
@given(orders=st.lists(NEARLY_ORDERS | SCALARS, max_size=4))
def test_any_batch(ask: Asker, orders: list[Any]) -> None:
    ask.post("/api/orders/batch", written({"orders": orders}))


@EXAMPLES
@given(
    path=PATHS,
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE"]),
    headers=st.dictionaries(HEADER_NAMES, HEADER_TEXT, max_size=5),
    with_key=st.booleans(),
)
def test_any_headers(ask: Asker, path: str, method: str, headers: dict[str, str], with_key: bool) -> None:
    own = ask.caller.headers if with_key else {}
    client = AsyncClient(raise_request_exception=False)
    ask(client.generic(method, path, b"{}", content_type="application/json", headers=headers | own))


@EXAMPLES
@given(
    query=st.lists(
        st.tuples(st.sampled_from(["since", "until", "limit", "cursor", "x"]), ANY_TEXT | HEADER_TEXT),
        max_size=5,
    )
)
def test_any_query(ask: Asker, query: list[tuple[str, str]]) -> None:
    encoded = "&".join(f"{name}={_percent(value)}" for name, value in query)
    ask.get(f"/api/orders?{encoded}")
    ask.get(f"/api/audit?{encoded.replace('since', 'before')}")


@EXAMPLES
@given(
    name=st.sampled_from(["since", "until", "cursor", "limit"]),
    value=st.from_regex(re.compile(r"[0-9]{1,22}(-[0-9]{1,22})?", re.ASCII), fullmatch=True)
    | st.datetimes(timezones=st.timezones() | st.none()).map(lambda moment: moment.isoformat()),
)
def test_any_plausible_parameter(ask: Asker, name: str, value: str) -> None:
    ask.get(f"/api/orders?{name}={_percent(value)}")


@EXAMPLES
@given(
    path=st.sampled_from(["stream", "groups", "consumers", "pending"]),
    query=st.dictionaries(
        st.sampled_from(["name", "group", "consumer", "min_idle", "limit", "cursor", "x"]),
        ANY_TEXT | HEADER_TEXT | st.sampled_from(["orders", "events", "order_processors", "1-1", "9" * 30]),
        max_size=5,
    ),
)
def test_any_question_about_the_stream(ask: Asker, path: str, query: dict[str, str]) -> None:
    encoded = "&".join(f"{name}={_percent(value)}" for name, value in query.items())
    ask.get(f"/api/{path}?{encoded}")


@EXAMPLES
@given(order_id=ANY_TEXT | st.from_regex(re.compile(r"[0-9]{1,22}-[0-9]{1,22}", re.ASCII), fullmatch=True))
def test_any_order_id(ask: Asker, order_id: str) -> None:
    ask.get(f"/api/orders/{_percent(order_id)}")
    ask.get(f"/api/orders/{_percent(order_id)}/events")
    ask.post(f"/api/orders/{_percent(order_id)}/discard", b"{}")
    ask.post(f"/api/workers/{_percent(order_id)}/stop", b"{}")


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
