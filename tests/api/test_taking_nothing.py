"""Servers that answer and take no order: what is said over the API, by the form, and by an import."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import AsyncClient
from pytest_django import Settings
from redis import Redis

from orderstream import conf
from orderstream.imports.made_up import MadeUpOptions, place_made_up
from orderstream.imports.placer import RedisAway
from orderstream.imports.progress import Progress
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import ORDER, Caller
from tests.imports.importing import imported, once, placer_of, references, write_orders
from tests.servers import FREE_FOLDER, failing_disk, running, valkey_binary
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

Trouble = Callable[[Lane], AbstractAsyncContextManager[None]]
BATCH = {"orders": [ORDER] * 3}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running(valkey_binary(), *FREE_FOLDER) as url:
        yield url


@pytest.fixture
def redis_url(server: str, settings: Settings) -> str:
    settings.REDIS_URL = server
    return server


@asynccontextmanager
async def full(lane: Lane) -> AsyncIterator[None]:
    await lane.client.config_set("maxmemory", 1)
    try:
        yield
    finally:
        await lane.client.config_set("maxmemory", 0)


@asynccontextmanager
async def nearly_full(lane: Lane) -> AsyncIterator[None]:
    """As the keeper says it."""
    await lane.client.hset(lane.keys.control, "full", "1")
    try:
        yield
    finally:
        await lane.client.hdel(lane.keys.control, "full")


@asynccontextmanager
async def without_disk(lane: Lane) -> AsyncIterator[None]:
    with failing_disk(conf.stream().redis_url):
        yield


@asynccontextmanager
async def without_rights(lane: Lane) -> AsyncIterator[None]:
    await lane.command("ACL", "SETUSER", "default", "-evalsha")
    try:
        yield
    finally:
        await lane.command("ACL", "SETUSER", "default", "+evalsha")


@asynccontextmanager
async def broken(lane: Lane) -> AsyncIterator[None]:
    """The step breaks off in the middle."""
    await lane.client.set(lane.keys.events, "no stream")
    try:
        yield
    finally:
        await lane.client.delete(lane.keys.events)


MEMORY = "The server's memory is full"
DISK = "Redis takes no writes: it cannot save its data."
RIGHTS = "Redis refuses the command: "
SAID = pytest.mark.parametrize(
    ("trouble", "said", "comes_back"),
    [
        (full, MEMORY, True),
        (nearly_full, MEMORY, True),
        (without_disk, DISK, False),
        (without_rights, RIGHTS, False),
    ],
)


@pytest.fixture
async def browser() -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(people.person)("operator"))
    return client


async def length(lane: Lane) -> int:
    return int(await lane.client.xlen(lane.keys.stream))


def assert_told(answer: HttpResponse, text: str, said: str, *, comes_back: bool) -> None:
    assert answer.status_code == 503
    assert ("Retry-After" in answer) is comes_back
    assert said in text
    assert "nothing was placed" in text.lower()
    for other in ("No answer", "does not answer", "not known", "Too many orders"):
        assert other not in text


@SAID
async def test_the_api_says_why_and_that_nothing_was_placed(
    trouble: Trouble, said: str, comes_back: bool, program: Caller, lane: Lane
) -> None:
    async with trouble(lane):
        one = await program.post("/api/orders", ORDER)
        batch = await program.post("/api/orders/batch", BATCH)
    for answer in (one, batch):
        assert_told(answer, answer.json()["detail"], said, comes_back=comes_back)
    assert await length(lane) == 0


@SAID
async def test_the_form_says_why_and_that_nothing_was_placed(
    trouble: Trouble, said: str, comes_back: bool, browser: AsyncClient, lane: Lane
) -> None:
    filling = ORDER | {"key": "0" * 32, "note": "mind the dog"}
    async with trouble(lane):
        answer = await browser.post("/place/", filling)
    page = answer.content.decode().replace("&#x27;", "'")
    assert_told(answer, page, said, comes_back=comes_back)
    assert "mind the dog" in page
    assert await length(lane) == 0
    assert (await browser.post("/place/", filling)).status_code == 302


@pytest.mark.parametrize("trouble", [full, nearly_full, without_disk])
async def test_a_known_key_is_answered_as_before(trouble: Trouble, program: Caller, lane: Lane) -> None:
    key = {"Idempotency_Key": "till-1"}
    first = await program.post("/api/orders", **key)
    async with trouble(lane):
        again = await program.post("/api/orders", **key)
    assert (again.status_code, again.json()["order_id"]) == (201, first.json()["order_id"])


async def test_where_a_step_broke_off_nobody_says_that_nothing_was_placed(
    program: Caller, browser: AsyncClient, lane: Lane
) -> None:
    async with broken(lane):
        answer = await program.post("/api/orders", ORDER)
        page = await browser.post("/place/", ORDER | {"key": "0" * 32})
    assert (answer.status_code, page.status_code) == (503, 503)
    for text in (answer.json()["detail"], page.content.decode()):
        assert "WRONGTYPE" in text
        assert "It is not known whether" in text
        assert "Nothing was placed" not in text


REASON = {full: "memory limit", nearly_full: "memory limit", without_disk: "cannot save its data"}


@pytest.mark.parametrize("trouble", REASON)
async def test_an_import_waits_with_patience_and_goes_on_later(
    trouble: Trouble, lane: Lane, tmp_path: Path
) -> None:
    said: list[str] = []
    path = write_orders(tmp_path / "orders.csv", 20)
    placer = placer_of(lane, say=said.append, patience=timedelta(seconds=0.3))
    async with trouble(lane):
        with pytest.raises(RedisAway, match=REASON[trouble]):
            await imported(lane, path, placer=placer)
    assert len(said) == 1
    assert REASON[trouble] in said[0]
    assert "Trying again for up to" in said[0]
    assert await length(lane) == 0
    await imported(lane, path)
    assert await references(lane) == once(20)


@pytest.mark.parametrize("trouble", REASON)
async def test_an_import_goes_on_as_soon_as_orders_are_taken_again(trouble: Trouble, lane: Lane) -> None:
    said: list[str] = []
    async with contextlib.AsyncExitStack() as until, asyncio.TaskGroup() as tasks:
        await until.enter_async_context(trouble(lane))
        placing = tasks.create_task(
            place_made_up(MadeUpOptions(30, 10), placer_of(lane, say=said.append), Progress(io.StringIO()))
        )
        await wait_until(lambda: said)
        assert not placing.done()
        await until.aclose()
    assert said[1:] == ["Redis takes orders again."]
    assert await length(lane) == 30


def test_the_command_names_the_memory_and_ends_with_2(redis_url: str, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.csv", 10)
    with Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", 1)
        try:
            with pytest.raises(CommandError, match=r"memory limit.*Run the same command again") as ended:
                call_command("place_orders", "--csv", str(path), "--patience", "0", "--quiet")
        finally:
            client.config_set("maxmemory", 0)
    assert ended.value.returncode == 2
