"""Registers what Django must know of the order core at start-up: its checks and signals."""

from django.apps import AppConfig


class OrderStreamConfig(AppConfig):
    name = "orderstream"
    verbose_name = "OrderStream"

    def ready(self) -> None:
        from orderstream import checks  # noqa: F401 # registers itself; needs the settings
        from orderstream.access import notices, sessions  # need the models

        notices.connect()
        sessions.connect()
