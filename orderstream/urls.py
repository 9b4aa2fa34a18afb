"""Which part answers which path."""

from django.urls import URLPattern, URLResolver, include, path

from orderstream.admin.registry import site as admin_site
from orderstream.api.health import live, ready
from orderstream.api.root import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", live, name="live"),
    path("readyz", ready, name="ready"),
    path("api/", api.urls),
    path("admin/", admin_site.urls),
    path("", include("orderstream.access.urls")),
    path("", include("dashboard.urls")),
]
