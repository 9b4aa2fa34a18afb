"""Asks for pages and their parts as a browser would, signed in as somebody."""

import re
from html import unescape
from typing import Any

from asgiref.sync import sync_to_async
from django.test import AsyncClient

from tests.access import people

PART = {"hx-request": "true"}


async def signed_in(group: str | None, **given: Any) -> AsyncClient:
    """Somebody of this group; None: of none."""
    client = AsyncClient(raise_request_exception=False)
    await client.aforce_login(await sync_to_async(people.person)(group, **given))
    return client


async def text_of(client: AsyncClient, path: str, **headers: str) -> str:
    """The page's words without its tags, with single blanks; it must be there."""
    return words(await html_of(client, path, **headers))


async def html_of(client: AsyncClient, path: str, **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def words(html: str) -> str:
    without = re.sub(r"(?s)<(script|template)\b.*?</\1>|<[^>]*>", " ", html)
    return " ".join(without.replace("\u00a0", " ").split()).replace(" ,", ",")


def order_url(order_id: str, **query: str) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/orders/{order_id}/" + (f"?{asked}" if asked else "")


def deeds_in(page: str) -> set[str]:
    return {path.rpartition("/")[2] for path in re.findall(r'data-url="/api/orders/[^/"]+/(\w+)"', page)}


def renewal_in(page: str) -> str:
    """The address by which the page's part asks for itself."""
    found = re.search(r'id="order" data-live="(?:events|figures" data-every="2)" hx-get="([^"]+)"', page)
    assert found
    return unescape(found[1])
