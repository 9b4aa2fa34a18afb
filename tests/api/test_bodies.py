"""The strict reader in front of every body: media type, size, and what JSON is not."""

import time
from typing import Any

import pytest
from django.test import RequestFactory

from orderstream import conf
from orderstream.api.json_bodies import read_object
from orderstream.api.problems import Problem
from orderstream.streams.lane import Lane
from tests.api.conftest import ORDER, Caller
from tests.machine import slowness

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

HEAD = b'{"customer_id": "C", "product_id": "P", "quantity": 1, "price": 1'
NOT_JSON = {
    "nothing": b" ",
    "half": b"{",
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two values": b"{} {}",
    "a control character": b'{"a": "\x01"}',
}
NOT_OURS = {
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "NaN": HEAD[:-1] + b"NaN}",
    "Infinity": HEAD[:-1] + b"-Infinity}",
    "the same key twice": HEAD + b', "price": 2}',
    "half a surrogate pair as a key, twice": b'{"\\ud800": 1, "\\ud800": 2}',
    "the same key twice further down": HEAD + b', "note": {"a": 1, "a": 2}}',
    "nesting": b'{"a":' * 17 + b"1" + b"}" * 17,
    "nesting that breaks parsers": b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "half a surrogate pair": HEAD + b', "note": "\\ud800"}',
    "half a surrogate pair in a key": HEAD + b', "\\udfff": 1}',
    "a number of 30,000 digits": HEAD + b"0" * 30_000 + b"}",
    "an exponent of 20 digits": HEAD + b"e99999999999999999999}",
    "a huge exponent": HEAD + b"e999999999}",
    "a tiny exponent": HEAD + b"e-999999999}",
    "1e400": HEAD + b"e400}",
    "a huge quantity": HEAD.replace(b'"quantity": 1', b'"quantity": ' + b"9" * 5000) + b"}",
}


@pytest.mark.parametrize("kind", NOT_JSON)
async def test_what_is_no_json_is_400(kind: str, program: Caller, lane: Lane) -> None:
    answer = await program.post("/api/orders", NOT_JSON[kind])
    assert answer.status_code == answer.json()["status"] == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/batch"])
@pytest.mark.parametrize("kind", NOT_OURS)
async def test_what_others_would_let_pass_is_422(kind: str, path: str, program: Caller, lane: Lane) -> None:
    body = NOT_OURS[kind]
    if path.endswith("batch") and body.startswith(HEAD[:-1]):
        body = b'{"orders": [' + body + b"]}"
    answer = await program.post(path, body)
    assert answer.status_code == 422
    assert await lane.client.xlen(lane.keys.stream) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (HEAD[:-1] + b"NaN}", "price"),
        (b'{"a": [1, {"b": -Infinity}]}', "a[1].b"),
        (b'{"orders": [{}, {"note": "\\ud800"}]}', "orders[1].note"),
        (b'{"orders": ["a", "b\\udfff"]}', "orders[1]"),
        (b'{"a": {"\\ud800": 1}}', "a.?"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, ".".join("a" * 16)),
        (b'{"b": {"a": NaN}, "a": NaN}', "a"),
    ],
)
async def test_what_is_unsound_is_named_by_its_place(body: bytes, field: str, program: Caller) -> None:
    answer = await program.post("/api/orders", body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"] == answer.json()["detail"]


def test_very_many_members_hold_nothing_up() -> None:
    body = '{"a":[' + ",".join(["[]"] * 600_000) + "]}"
    request = RequestFactory().post("/api/orders/batch", body, content_type="application/json")
    start = time.process_time()  # others may have the machine meanwhile
    assert len(read_object(request, 10**7)["a"]) == 600_000
    assert time.process_time() - start < 5 * slowness()


async def test_sixteen_levels_are_not_too_deep_to_be_looked_at(program: Caller) -> None:
    answer = await program.post("/api/orders", b'{"a":' * 16 + b"1" + b"}" * 16)
    assert "nested" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/orders", conf.BODY_LIMIT), ("/api/orders/batch", conf.BATCH_BODY_LIMIT)]
)
async def test_a_body_beyond_the_limit_is_413(path: str, limit: int, program: Caller) -> None:
    at_limit = await program.post(path, b'{"a": 1}'.ljust(limit))
    beyond = await program.post(path, b'{"a": 1}'.ljust(limit + 1))
    far_beyond = await program.post(path, b" " * 3_000_000)
    assert [a.status_code for a in (at_limit, beyond, far_beyond)] == [422, 413, 413]
    assert str(limit) in beyond.json()["detail"]


def test_a_body_that_announces_no_length_is_measured() -> None:
    """As with Transfer-Encoding: chunked."""
    content = b'{"a": 1}'.ljust(conf.BODY_LIMIT + 1)
    request = RequestFactory().post("/api/orders", content, content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    with pytest.raises(Problem) as problem:
        read_object(request, conf.BODY_LIMIT)
    assert problem.value.status == 413


@pytest.mark.parametrize("length", ["x", "-1", "1.5", "9" * 30])
async def test_a_length_that_is_none_is_400(length: str, program: Caller) -> None:
    answer = await program.post("/api/orders", ORDER, content_length=length)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "multipart/form-data"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": ""},
        {"content_encoding": "gzip"},
    ],
)
async def test_another_media_type_is_415(headers: Any, program: Caller) -> None:
    answer = await program.post("/api/orders", ORDER, **headers)
    assert answer.status_code == 415
    assert answer["Accept-Post"] == "application/json"


async def test_the_charset_may_be_said(program: Caller) -> None:
    answer = await program.post("/api/orders", ORDER, content_type="application/json; charset=UTF-8")
    assert answer.status_code == 201


def test_a_doubled_key_among_very_many_holds_nothing_up() -> None:
    """It is looked for on the event loop: with a look at all for each it took minutes."""
    members = ",".join(f'"{n}":1' for n in range(200_000))
    body = f'{{{members},"199999":1}}'
    request = RequestFactory().post("/api/orders/batch", body, content_type="application/json")
    start = time.monotonic()
    with pytest.raises(Problem):
        read_object(request, 10**7)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("path", ["/api/orders", "/api/docs", "/api/nothing"])
async def test_no_answer_is_kept_by_a_browser(path: str, program: Caller, lane: Lane) -> None:
    assert (await program.get(path))["Cache-Control"] == "no-store"
