"""The two other clients of the same server, which Django and Channels build for themselves."""

import asyncio
import secrets
from typing import Any, Final

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.core.cache import cache
from django.utils.translation import gettext as _

from orderstream.checkup.findings import Finding, Level

PATIENCE_SECONDS: Final = 6.0  # the channel layer may wait 5 s in one call


async def neighbours() -> list[Finding]:
    return [await channel_layer(), await session_cache()]


async def channel_layer() -> Finding:
    """Sends a message to ourselves; without it a sign-out closes sockets a minute late."""
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            is_heard = await _is_heard(layer)
    except Exception as error:  # the layer raises what its backend raises
        what = _("The channel layer fails: %(error)s") % {"error": str(error) or type(error).__name__}
    else:
        if is_heard:
            return Finding("channel layer", Level.FINE, _("a message was sent and received"))
        what = _("What is sent over the channel layer does not arrive.")
    remedy = _("The user needs `&*` and the keys that docs/PRODUCTION.md lists; see CHANNEL_LAYERS.")
    return Finding("channel layer", Level.FAILURE, what, remedy)


async def _is_heard(layer: Any) -> bool:
    token = secrets.token_hex(8)
    try:
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "check", "token": token})
        return bool((await layer.receive(channel)).get("token") == token)
    finally:
        await layer.close_pools()


async def session_cache() -> Finding:
    return await sync_to_async(_look_at_cache)()


def _look_at_cache() -> Finding:
    """It swallows every failure by itself, so what counts is whether something comes back."""
    key, token = f"check-{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, token, 60)
    seen = cache.get(key)
    cache.delete(key)
    if seen == token:
        return Finding("cache", Level.FINE, _("sessions are cached"))
    what = _("The cache keeps nothing, so that each page asks SQL for its session.")
    remedy = _("The user needs the keys that docs/PRODUCTION.md lists; see CACHES.")
    return Finding("cache", Level.WARNING, what, remedy)
