"""A migrated database for processes of their own; made once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imports.processes import Office, environment, migrate


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory, valkey_url: str) -> Path:
    path = tmp_path_factory.mktemp("imports") / "migrated.sqlite3"
    migrate(path, valkey_url)
    return path


@pytest.fixture
def office(migrated_database: Path, redis_url: str, namespace: str, tmp_path: Path) -> Iterator[Office]:
    database = tmp_path / "own.sqlite3"
    shutil.copy(migrated_database, database)
    office = Office(environment(redis_url, namespace, database))
    yield office
    office.close()
