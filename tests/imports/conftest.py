"""Where a test imports by processes of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import prepared
from tests.imports.processes import Office, environment


@pytest.fixture
def office(redis_url: str, namespace: str, tmp_path: Path) -> Iterator[Office]:
    database = tmp_path / "own.sqlite3"
    prepared.migrated_database(database)
    office = Office(environment(redis_url, namespace, database))
    yield office
    office.close()
