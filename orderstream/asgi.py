"""The web process: HTTP to Django, WebSockets to the live feed, once settings and server are found fit."""

import os
from typing import Any

import django
from channels.auth import AuthMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application

from orderstream.env import plain_words

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orderstream.settings")
with plain_words():
    django.setup()

# These need the apps to be loaded.
from dashboard.routing import websocket_urlpatterns
from orderstream.access.handshakes import LimitedHandshakes
from orderstream.access.listener import Attentive
from orderstream.access.origins import SameOrigin
from orderstream.access.turns import InTurn
from orderstream.checks import refuse_unfit
from orderstream.checkup.serving import refuse_unfit_server
from orderstream.static_first import StaticFirst

refuse_unfit()
refuse_unfit_server()
# types-channels asks for a pattern type of its own, which no function of Django's or Channels' returns.
routes: list[Any] = [*websocket_urlpatterns]
application = ProtocolTypeRouter(
    {
        "http": StaticFirst(Attentive(get_asgi_application())),
        "websocket": SameOrigin(
            InTurn(SessionMiddlewareStack(LimitedHandshakes(AuthMiddleware(URLRouter(routes)))))
        ),
    }
)
