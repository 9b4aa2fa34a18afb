"""Hears of revoked API keys and changed configuration, once in each event loop; asks for both after a gap."""

import asyncio
import contextlib
import weakref
from typing import Any, Final

import structlog
from channels.layers import get_channel_layer

from orderstream.access import keys, notices
from orderstream.checkup import serving
from orderstream.configuration import following
from orderstream.streams.ending import end

logger = structlog.get_logger(__name__)

# channels' own types of an application have no common name; it is only passed on.
Application = Any

# Membership of a group ends after a day in channels_redis.
JOIN_AGAIN_SECONDS: Final = 3_600
PAUSE_SECONDS: Final = 5

_Tasks = weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]]
_listening: _Tasks = weakref.WeakKeyDictionary()
_joined: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
_deaf: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def ensure_listening() -> None:
    """Cheap; called before each look at a key. Under ASGI nothing announces that a process starts."""
    loop = asyncio.get_running_loop()
    if loop not in _listening or _listening[loop].done():
        _listening[loop] = loop.create_task(_listen_for_ever(), name="access notices")


class Attentive:
    """Django behind ASGI: hears notices and follows the configuration from the first request that it gets."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        ensure_listening()
        following.ensure_following()
        serving.ensure_looked()
        return await self.application(scope, receive, send)


def is_listening() -> bool:
    return asyncio.get_running_loop() in _joined


async def stop_listening() -> None:
    task = _listening.pop(asyncio.get_running_loop(), None)
    if task is not None:
        await end([task])


async def _listen_for_ever() -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with asyncio.timeout(JOIN_AGAIN_SECONDS) as spell:
                await _listen(loop)
        except Exception as error:  # the layer raises what its backend raises
            if spell.expired():
                continue
            if loop not in _deaf:
                logger.warning("access notices not heard", error=type(error).__name__)
            _deaf.add(loop)
            await asyncio.sleep(PAUSE_SECONDS)


async def _listen(loop: asyncio.AbstractEventLoop) -> None:
    layer = get_channel_layer()
    if layer is None:
        await asyncio.Event().wait()
        return
    channel = await layer.new_channel()
    await layer.group_add(notices.GROUP, channel)
    # While nobody listened a notice may have passed.
    keys.forget()
    following.look_soon()
    _joined.add(loop)
    if loop in _deaf:
        logger.info("access notices heard again")
        _deaf.discard(loop)
    try:
        while True:
            _obey(await layer.receive(channel))
    finally:
        _joined.discard(loop)
        with contextlib.suppress(Exception):
            await layer.group_discard(notices.GROUP, channel)


def _obey(notice: dict[str, Any]) -> None:
    match notice.get("type"):
        case "key.revoked":
            keys.forget(notice.get("digest"))
        case "configuration.changed":
            following.look_soon()
