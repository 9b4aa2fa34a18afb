"""The web process's settings for tests of the configuration; what one test has saved, no other knows of."""

from collections.abc import Iterator

import pytest

from orderstream import conf
from orderstream.configuration import reading
from orderstream.configuration.values import Stored
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures


@pytest.fixture(autouse=True)
def _as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(reading, "_is_away", False)
    conf.know(Stored())
    yield
    conf.know(Stored())
