"""Makes the dashboard's static files and template tags known to Django."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
