"""Which WebSocket path is answered by which application."""

from django.urls import URLPattern, path

from dashboard import consumers

websocket_urlpatterns: list[URLPattern] = [
    path("ws/board/", consumers.board),  # type: ignore[arg-type] # Channels' router takes ASGI applications
]
