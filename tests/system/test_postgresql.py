"""On a real PostgreSQL: migrations, keys, and an import that is killed and run again, by real processes."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderstream.streams.lane import Lane
from tests.imports.importing import ROOT, keys_left, once, references, write_orders
from tests.imports.processes import Office, ended, environment
from tests.postgres import running_postgres
from tests.system.databases import Database
from tests.waiting import wait_until

pytestmark = pytest.mark.system

NAMES_OF_GROUPS = """
from django.contrib.auth.models import Group
print(*sorted(Group.objects.values_list("name", flat=True)))
"""


@pytest.fixture(scope="module")
def database_url(valkey_url: str) -> Iterator[str]:
    with running_postgres() as url:
        Database(url, valkey_url, "")
        yield url


@pytest.fixture
def office(database_url: str, redis_url: str, namespace: str, tmp_path: Path) -> Iterator[Office]:
    office = Office(environment(redis_url, namespace, tmp_path) | {"DATABASE_URL": database_url})
    yield office
    office.close()


def manage(office: Office, *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=office.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_migrations_bring_the_groups_and_keys_can_be_made(office: Office) -> None:
    made = json.loads(manage(office, "create_api_key", "shop", "--scope", "orders:place", "--json"))
    assert made["name"] == "shop"
    assert "shop" in manage(office, "create_api_key", "--list", "--json")
    assert manage(office, "shell", "--no-imports", "-c", NAMES_OF_GROUPS) == "manager operator viewer\n"


GARBAGE_FOR_A_SESSION = """
from django.test import Client
browser = Client(HTTP_HOST="localhost")
for cookie in ("\\0", "a" * 31 + "\\0", "\\x01", "\\xff" * 32, "x" * 8_000, "'; --", "a" * 32):
    browser.cookies["sessionid"] = cookie
    print(browser.get("/").status_code, browser.get("/api/orders").status_code, end=" ")
"""


def test_no_cookie_is_an_error_of_the_server(office: Office) -> None:
    office.environment |= {"ORDERSTREAM_HTTPS": "off", "DEBUG": "false"}
    assert manage(office, "shell", "--no-imports", "-c", GARBAGE_FOR_A_SESSION) == "302 401 " * 7


async def test_a_second_import_of_the_same_content_is_refused_until_the_first_is_dead(
    office: Office, lane: Lane, tmp_path: Path
) -> None:
    path = write_orders(tmp_path / "o.csv", 101)

    async def is_full() -> bool:
        return bool(await lane.client.xlen(lane.keys.stream) >= 25)

    first = office.start("--csv", path, ORDERSTREAM_BACKLOG_LIMIT="25")
    await wait_until(is_full, timeout=30)
    refused = office.run("--csv", path)
    first.kill()
    ended(first)

    assert (refused.code, refused.err) == (1, "Another import of the same file is running; let it finish.\n")
    assert office.run("--csv", path).code == 0
    assert await references(lane) == once(101)


@pytest.mark.timeout(120)
async def test_an_import_killed_at_random_moments_places_every_line_once(
    office: Office, lane: Lane, tmp_path: Path
) -> None:
    chance = random.Random(11)
    path = write_orders(tmp_path / "o.csv", 600, bad_lines=[2, 300])
    words = ("--csv", path, "--batch", "10", "--quiet", "--json")

    for _ in range(3):
        process = office.start(*words)
        goal = await lane.client.xlen(lane.keys.stream) + chance.randrange(1, 150)

        async def is_far_enough(process=process, goal=goal) -> bool:  # type: ignore[no-untyped-def] # a closure
            return process.poll() is not None or await lane.client.xlen(lane.keys.stream) >= goal

        await wait_until(is_far_enough, timeout=30)
        process.kill()
        ended(process)

    assert office.run(*words).code == 0
    assert office.run(*words).summary["placed"] == 0
    assert await references(lane) == once(600, bad_lines=[2, 300])
    assert await keys_left(lane) == []
