"""A client that speaks JSON, as a program or as a page would."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.test import AsyncClient

from tests.access import people
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

ORDER = {"customer_id": "C-1042", "product_id": "SKU-7", "quantity": 2, "price": "4.15"}


class Caller:
    """Sends bodies as JSON (or bytes as they are), with what makes it somebody."""

    def __init__(self, headers: dict[str, str] | None = None, client: AsyncClient | None = None) -> None:
        self.client = client or AsyncClient(raise_request_exception=False)
        self.headers = headers or {}

    async def get(self, path: str, **headers: str) -> HttpResponse:
        return await self.client.get(path, headers=self.headers | headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        content = body if isinstance(body, bytes) else json.dumps(ORDER if body is None else body)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = given.pop("content-type", "application/json")
        return await self.client.post(path, content, content_type=content_type, headers=self.headers | given)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """Without a body where none is given."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        media = "application/json" if content else ""
        return await self.client.generic(method, path, content, media, headers=self.headers | headers)


def bearer(token: str) -> Caller:
    return Caller({"authorization": f"Bearer {token}"})


@pytest.fixture
async def program(transactional_db: None) -> Caller:
    """A key that may place and read."""
    return bearer(await sync_to_async(people.key)("orders:place", "orders:read"))


@pytest.fixture
async def operator(transactional_db: None) -> Caller:
    """A key that may read and move orders."""
    return bearer(await sync_to_async(people.key)("orders:operate", "orders:read", name="desk"))


@pytest.fixture
async def manager(transactional_db: None) -> Caller:
    """A key that may operate the stream, and read."""
    return bearer(await sync_to_async(people.key)("stream:operate", "orders:read", name="desk"))
