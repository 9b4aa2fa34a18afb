"""A web process has the configuration from its first request on, and each change by notice or by itself."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from orderstream import conf
from orderstream.access import listener, notices
from orderstream.access.listener import Attentive
from orderstream.configuration import reading
from orderstream.models import Processing
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application that answers nobody."""


@pytest.fixture
async def asked() -> None:
    """One request has been there."""
    await Attentive(nothing)({}, None, None)
    await wait_until(listener.is_listening)


async def save(**given: object) -> None:
    await sync_to_async(Processing(**given).save)()


async def test_the_first_request_brings_what_was_saved_before() -> None:
    await save(backlog_limit=7)
    await Attentive(nothing)({}, None, None)
    await wait_until(lambda: conf.limits().backlog == 7)


@pytest.mark.usefixtures("asked")
async def test_a_change_is_there_within_two_seconds() -> None:
    await save(backlog_limit=7)
    await wait_until(lambda: conf.limits().backlog == 7, timeout=2)


@pytest.mark.usefixtures("asked")
async def test_a_change_is_told_to_every_web_process() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(notices.GROUP, channel)
    await save(backlog_limit=7)
    async with asyncio.timeout(2):
        assert await layer.receive(channel) == {"type": "configuration.changed"}
    await layer.group_discard(notices.GROUP, channel)


async def test_without_any_notice_the_process_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "AGE", timedelta(milliseconds=50))
    await Attentive(nothing)({}, None, None)
    await save(backlog_limit=7)
    await sync_to_async(Processing.objects.update)(backlog_limit=8)  # which announces nothing
    await wait_until(lambda: conf.limits().backlog == 8)
