"""The web process's settings for tests of access, and a browser."""

import pytest
from django.test import Client

from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures


@pytest.fixture
def browser() -> Client:
    return Client()
