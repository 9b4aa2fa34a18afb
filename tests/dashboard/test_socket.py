"""The socket through the whole ASGI application: who may open it, what it answers, when it closes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group, Permission, User
from django.test import AsyncClient, Client

from dashboard import lobby as lobbies
from dashboard.lobby import Lobby
from dashboard.protocol import CLOSE_BAD_MESSAGE, CLOSE_FLOODED, CLOSE_FORBIDDEN, CLOSE_SIGNED_OUT
from dashboard.windows import INWARD_BURST
from orderstream.access import links, notices, sessions
from orderstream.asgi import application
from orderstream.configuration.bounds import FeedConf
from orderstream.streams.lane import Lane
from tests.orders import placed_order
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

ORIGIN = b"http://testserver"
# How long a socket may outlive a sign-out or a lost right.
AT_ONCE_SECONDS = 2
Open = Callable[..., Awaitable[WebsocketCommunicator]]


@pytest.fixture(autouse=True)
def _hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture(autouse=True)
async def _feed_ends(lane: Lane) -> AsyncIterator[None]:
    yield
    await wait_until(lambda: lobbies.here().feed is None)


@pytest.fixture
def viewer() -> User:
    user = User.objects.create_user("vera")
    # Tests that commit empty the tables, and what a migration put there with them.
    group, _ = Group.objects.get_or_create(name="viewer")
    group.permissions.add(Permission.objects.get(codename="read_orders"))
    user.groups.add(group)
    return user


@pytest.fixture
def browser(viewer: User) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


def socket(client: Client | None, *, origin: bytes | None = ORIGIN, query: str = "") -> WebsocketCommunicator:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin))
    if client is not None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers.append((b"cookie", cookie.encode()))
    return WebsocketCommunicator(application, f"/ws/board/{query}", headers)


async def opened(client: Client) -> tuple[WebsocketCommunicator, dict[str, Any]]:
    communicator = socket(client)
    is_open, _ = await communicator.connect(timeout=5)
    assert is_open
    return communicator, await communicator.receive_json_from(timeout=5)


async def next_of(communicator: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    while True:
        message = await communicator.receive_output(timeout=5)
        if message["type"] == kind or (kind in message.get("text", "")):
            found: dict[str, Any] = message
            return found


async def refused(communicator: WebsocketCommunicator) -> bool:
    is_open, _ = await communicator.connect(timeout=5)
    await communicator.wait()
    return not is_open


async def test_nobody_watches_without_signing_in() -> None:
    assert await refused(socket(None))
    assert lobbies.here().feed is None


async def test_nobody_watches_without_the_right(viewer: User, browser: Client) -> None:
    await sync_to_async(viewer.groups.clear)()
    assert await refused(socket(browser))


async def test_the_inactive_do_not_watch(viewer: User, browser: Client) -> None:
    viewer.is_active = False
    await sync_to_async(viewer.save)()
    assert await refused(socket(browser))


@pytest.mark.parametrize(
    "origin", [None, b"null", b"http://evil.example", b"http://testserver:8080", b"http://testserver.evil"]
)
async def test_pages_of_others_open_no_socket(origin: bytes | None, browser: Client) -> None:
    assert await refused(socket(browser, origin=origin))


async def test_a_viewer_sees_an_order_arrive(lane: Lane, browser: Client) -> None:
    communicator, first = await opened(browser)
    assert first["type"] == "snapshot"
    order_id = await placed_order(lane)
    frame = json.loads((await next_of(communicator, order_id))["text"])
    assert frame["orders"][0]["id"] == order_id
    await communicator.disconnect()


@pytest.mark.parametrize(
    "query", ["?cursor=", "?cursor=x", "?cursor=1-1-1", "?cursor=%ff", "?" + "a" * 5_000]
)
async def test_a_cursor_that_is_none_costs_a_snapshot(query: str, browser: Client) -> None:
    communicator = socket(browser, query=query)
    assert (await communicator.connect(timeout=5))[0]
    assert (await communicator.receive_json_from(timeout=5))["type"] == "snapshot"
    await communicator.disconnect()


async def test_sign_out_closes_the_sockets_of_that_session_alone(viewer: User, browser: Client) -> None:
    other = Client()
    await sync_to_async(other.force_login)(viewer)
    leaving, staying = (await opened(browser))[0], (await opened(other))[0]
    assert lobbies.here().feed is not None
    await listening()
    async with asyncio.timeout(AT_ONCE_SECONDS):
        await sync_to_async(browser.logout)()
        await next_of(leaving, "access.revoked")
        assert (await next_of(leaving, "websocket.close"))["code"] == CLOSE_SIGNED_OUT
    assert len(lobbies.here()._clients) == 1
    await leaving.disconnect()
    await staying.disconnect()


async def test_a_lost_right_closes_the_socket(viewer: User, browser: Client) -> None:
    communicator, _ = await opened(browser)
    await listening()
    async with asyncio.timeout(AT_ONCE_SECONDS):
        await sync_to_async(viewer.groups.clear)()
        await next_of(communicator, "access.revoked")
        assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_FORBIDDEN
    await communicator.disconnect()


async def test_a_changed_password_closes_the_socket(viewer: User, browser: Client) -> None:
    communicator, _ = await opened(browser)
    await listening()
    viewer.set_password("another one")
    async with asyncio.timeout(AT_ONCE_SECONDS):
        await sync_to_async(viewer.save)()
        assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_SIGNED_OUT
    await communicator.disconnect()


async def closes(communicator: WebsocketCommunicator, code: int) -> None:
    await next_of(communicator, "access.revoked")
    assert (await next_of(communicator, "websocket.close"))["code"] == code
    await communicator.disconnect()


async def test_signing_in_as_somebody_else_closes_the_sockets_of_before(
    viewer: User, browser: Client
) -> None:
    communicator, _ = await opened(browser)
    await listening()
    walter = await sync_to_async(User.objects.create_user)("walter")
    token = await sync_to_async(links.issue)(walter.get_username())
    visitor = AsyncClient()
    visitor.cookies = browser.cookies
    async with asyncio.timeout(AT_ONCE_SECONDS):
        assert (await visitor.post(f"/sign-in/{token}/")).status_code == 302
        await closes(communicator, CLOSE_SIGNED_OUT)


async def test_a_session_ended_from_another_loses_its_sockets(viewer: User, browser: Client) -> None:
    here, _ = await opened(browser)
    other = Client()
    await sync_to_async(other.force_login)(viewer)
    there, _ = await opened(other)
    await listening()
    async with asyncio.timeout(AT_ONCE_SECONDS):
        mark = notices.session_mark(other.cookies["sessionid"].value)
        assert await sync_to_async(sessions.end)(viewer.pk, mark)
        await closes(there, CLOSE_SIGNED_OUT)
    assert len(lobbies.here()._clients) == 1
    await here.disconnect()


async def test_signing_out_everywhere_else_leaves_the_sockets_of_this_session(
    viewer: User, browser: Client
) -> None:
    here, _ = await opened(browser)
    others = []
    for _ in range(2):
        other = Client()
        await sync_to_async(other.force_login)(viewer)
        others.append((await opened(other))[0])
    await listening()
    async with asyncio.timeout(AT_ONCE_SECONDS):
        await sync_to_async(sessions.end_others)(viewer.pk, browser.cookies["sessionid"].value)
        for each in others:
            await closes(each, CLOSE_SIGNED_OUT)
    assert len(lobbies.here()._clients) == 1
    await here.disconnect()


async def test_a_lost_notice_is_made_up_for_by_looking(
    viewer: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(lobbies._lobbies, here(), Lobby(FeedConf(rights_age=timedelta(seconds=0.1))))
    communicator, _ = await opened(browser)
    # As another process would whose notice got lost: no signal is sent.
    await User.groups.through.objects.filter(user=viewer).adelete()
    assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_FORBIDDEN
    await communicator.disconnect()


BAD = ["{}", "no json", '{"type":"acknowledge.cursor","cursor":"1-1"}', "x" * 10_000]


@pytest.mark.parametrize("text", BAD)
async def test_what_is_no_message_is_named_and_closes(text: str, browser: Client) -> None:
    communicator, _ = await opened(browser)
    await communicator.send_to(text_data=text)
    await next_of(communicator, "message.refused")
    assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_BAD_MESSAGE
    await communicator.disconnect()


async def test_bytes_are_no_message(browser: Client) -> None:
    communicator, _ = await opened(browser)
    await communicator.send_to(bytes_data=b"\xff")
    assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_BAD_MESSAGE
    await communicator.disconnect()


async def test_a_flood_closes_the_socket(browser: Client) -> None:
    communicator, first = await opened(browser)
    given = {"type": "acknowledge.cursor", "cursor": first["cursor"], "at": first["at"]}
    for _ in range(int(INWARD_BURST) + 5):
        await communicator.send_json_to(given)
    assert (await next_of(communicator, "websocket.close"))["code"] == CLOSE_FLOODED
    await communicator.disconnect()


def here() -> Any:
    return asyncio.get_running_loop()


async def listening() -> None:
    """Until the guard is a member of the group that notices go to."""
    layer = get_channel_layer()
    connection = layer.connection(0)

    async def is_member() -> bool:
        members = await connection.zrange(layer._group_key(notices.GROUP), 0, -1)
        return any(layer.client_prefix.encode() in member for member in members)

    await wait_until(is_member)
