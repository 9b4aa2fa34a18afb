"""What ends somebody's rights is told to every web process: the group `access` hears it within 2 s."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers, get_channel_layer
from django.contrib.auth.models import Group, Permission, User
from django.test import AsyncClient
from pytest_django import Settings

from orderstream.access import notices
from orderstream.access.sessions import caller_of_session
from tests.access import people

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


class Ear:
    """Hears what a socket's consumer would."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    async def hears(self) -> dict[str, Any]:
        async with asyncio.timeout(2):
            return await get_channel_layer().receive(self.channel)


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(notices.GROUP, channel)
    yield Ear(channel)
    await layer.group_discard(notices.GROUP, channel)


async def test_signing_out_ends_the_sockets_of_this_session_only(ear: Ear) -> None:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(people.person)("viewer"))
    session_key = client.cookies["sessionid"].value
    await ear.hears()  # that the group has a new member
    await client.post("/sign-out/")
    notice = await ear.hears()
    assert notice == {"type": "session.ended", "session": notices.session_mark(session_key)}
    assert session_key not in str(notice)


def change(user: User, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()


CHANGES: dict[str, tuple[Callable[[User], object], bool]] = {
    "no longer active": (lambda user: change(user, is_active=False), True),
    "a new password": (lambda user: (user.set_password("x"), user.save()), True),
    "taken out of a group": (lambda user: user.groups.clear(), True),
    "taken out of a group from its side": (
        lambda user: Group.objects.get(name="viewer").user_set.remove(user),
        False,
    ),
    "a right taken from the group": (lambda _: Group.objects.get(name="viewer").permissions.clear(), False),
    "a right taken from the user": (
        lambda user: user.user_permissions.remove(Permission.objects.get(codename="read_orders")),
        True,
    ),
    "the group deleted": (lambda _: Group.objects.get(name="viewer").delete(), False),
}


@pytest.mark.parametrize("kind", CHANGES)
async def test_what_changes_rights_is_told(kind: str, ear: Ear) -> None:
    make_change, is_known_whose = CHANGES[kind]
    user = await sync_to_async(people.person)("viewer")
    await sync_to_async(user.user_permissions.add)(await Permission.objects.aget(codename="read_orders"))
    await ear.hears()  # of the two additions
    await ear.hears()
    pk = user.pk
    await sync_to_async(make_change)(user)
    assert await ear.hears() == {"type": "rights.changed", "user_id": pk if is_known_whose else None}


async def test_signing_in_tells_nobody_anything(ear: Ear) -> None:
    user = await sync_to_async(people.person)()
    await AsyncClient().aforce_login(user)
    await sync_to_async(user.groups.add)(await Group.objects.aget(name="viewer"))
    assert (await ear.hears())["type"] == "rights.changed"


async def test_a_lost_notice_undoes_nothing(settings: Settings) -> None:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(people.person)("viewer"))
    config = {"hosts": [{"address": "redis://localhost:1/0"}]}
    settings.CHANNEL_LAYERS = {"default": settings.CHANNEL_LAYERS["default"] | {"CONFIG": config}}
    channel_layers.backends.clear()
    answer = await client.post("/sign-out/")
    assert answer.status_code == 302
    assert not client.cookies["sessionid"].value


async def test_a_server_that_hangs_holds_no_sign_out_up(settings: Settings) -> None:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(people.person)("viewer"))
    with socket.create_server(("localhost", 0)) as silent:  # takes connections and says nothing
        host = {"address": f"redis://localhost:{silent.getsockname()[1]}/0", "socket_timeout": 15}
        layer = settings.CHANNEL_LAYERS["default"] | {"CONFIG": {"hosts": [host]}}
        settings.CHANNEL_LAYERS = {"default": layer}
        channel_layers.backends.clear()
        async with asyncio.timeout(notices.PATIENCE_SECONDS + 1):
            assert (await client.post("/sign-out/")).status_code == 302
    assert not client.cookies["sessionid"].value


async def test_a_session_is_looked_up_anew() -> None:
    user = await sync_to_async(people.person)("viewer")
    client = AsyncClient()
    await client.aforce_login(user)
    session_key = client.cookies["sessionid"].value
    look_up = sync_to_async(caller_of_session)
    caller = await look_up(session_key)
    assert caller is not None
    assert caller.actor == "user:ada"
    await sync_to_async(change)(user, is_active=False)
    assert await look_up(session_key) is None
    await sync_to_async(change)(user, is_active=True, password="another")
    assert await look_up(session_key) is None
    assert await look_up("nothing") is None
