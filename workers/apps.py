"""Makes the workers' and the keeper's commands known to Django."""

from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "workers"
