"""Placing at the level `replicated`, by each way in: over the API, by the form, from a file, made up."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.test import AsyncClient
from pytest_django import Settings
from redis import Redis

from orderstream import conf
from orderstream.api import schemas
from orderstream.imports.made_up import MadeUpOptions, place_made_up
from orderstream.imports.placer import RedisAway
from orderstream.imports.progress import Progress
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from tests.access import people
from tests.api.conftest import ORDER, Caller
from tests.imports.importing import imported, once, placer_of, references, write_orders
from tests.servers import Pair, replicating, stopped, valkey_binary

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with replicating(valkey_binary()) as pair:
        yield pair


@pytest.fixture
def redis_url(pair: Pair) -> str:
    return pair.url


@pytest.fixture(autouse=True)
def _replicated(settings: Settings, pair: Pair) -> None:
    settings.REDIS_URL = pair.url
    settings.ORDERSTREAM_DURABILITY = "replicated"
    settings.ORDERSTREAM_REPLICA_WAIT_SECONDS = timedelta(seconds=0.2)


async def length(lane: Lane) -> int:
    return int(await lane.client.xlen(lane.keys.stream))


async def test_with_a_replica_in_step_an_order_is_placed(program: Caller, lane: Lane) -> None:
    assert (await program.post("/api/orders")).status_code == 201
    assert (await program.post("/api/orders/batch", {"orders": [ORDER] * 3})).status_code == 201
    assert await length(lane) == 4


async def test_with_a_stopped_replica_the_order_is_named_and_the_key_stands_for_it(
    program: Caller, lane: Lane, pair: Pair
) -> None:
    key = {"Idempotency_Key": "till-1"}
    with stopped(pair.pid(pair.replica_url)):
        first = await program.post("/api/orders", **key)
        again = await program.post("/api/orders", **key)
    for answer in (first, again):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer["Content-Type"].startswith("application/problem+json")
        assert answer.json()["detail"].startswith(
            "Accepted, not yet replicated: the order is placed, and 0 of 1"
        )
        assert "same Idempotency-Key" in answer.json()["detail"]
        schemas.ProblemOut.model_validate(answer.json())
    order_id = first.json()["order_id"]
    assert again.json()["order_id"] == order_id

    back = await program.post("/api/orders", **key)
    assert (back.status_code, back.json()["order_id"]) == (201, order_id)
    assert back["Idempotent-Replayed"] == "true"
    assert await length(lane) == 1


async def test_a_batch_is_named_order_by_order(program: Caller, lane: Lane, pair: Pair) -> None:
    body, key = {"orders": [ORDER] * 3}, {"Idempotency_Key": "till-2"}
    with stopped(pair.pid(pair.replica_url)):
        answer = await program.post("/api/orders/batch", body, **key)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Accepted, not yet replicated: all are placed")
    schemas.ProblemOut.model_validate(answer.json())
    ids = [order["order_id"] for order in answer.json()["orders"]]
    assert len(set(ids)) == 3
    back = await program.post("/api/orders/batch", body, **key)
    assert (back.status_code, [order["order_id"] for order in back.json()["orders"]]) == (201, ids)
    assert await length(lane) == 3


async def test_without_a_key_the_caller_is_told_not_to_repeat_it(
    program: Caller, lane: Lane, pair: Pair
) -> None:
    with stopped(pair.pid(pair.replica_url)):
        answer = await program.post("/api/orders")
    assert answer.status_code == 503
    assert "sending it again would place it again" in answer.json()["detail"]
    assert (await program.get(f"/api/orders/{answer.json()['order_id']}")).status_code == 200


async def test_a_server_that_wants_more_replicas_says_that_nothing_was_done(
    program: Caller, lane: Lane
) -> None:
    await lane.client.config_set("min-replicas-to-write", 2)
    try:
        answer = await program.post("/api/orders")
    finally:
        await lane.client.config_set("min-replicas-to-write", 0)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "so nothing was placed" in answer.json()["detail"]
    assert "order_id" not in answer.json()
    assert await length(lane) == 0


async def test_the_form_keeps_what_was_typed_and_stays_one_order(lane: Lane, pair: Pair) -> None:
    browser = AsyncClient()
    await browser.aforce_login(await sync_to_async(people.person)("operator"))
    filling = ORDER | {"key": "0" * 32, "note": "mind the dog"}
    with stopped(pair.pid(pair.replica_url)):
        answer = await browser.post("/place/", filling)
    page = answer.content.decode()
    [(order_id, _fields)] = await lane.client.xrange(lane.keys.stream)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert f"Accepted, not yet replicated: order {order_id} is placed" in page
    assert "mind the dog" in page
    assert filling["key"] in page
    assert (await browser.post("/place/", filling)).status_code == 302
    assert await length(lane) == 1


async def test_an_import_waits_for_the_replica_and_places_each_line_once(
    lane: Lane, pair: Pair, tmp_path: Path
) -> None:
    said: list[str] = []
    path = write_orders(tmp_path / "orders.csv", 20)
    placer = placer_of(conf.lane(), say=said.append, patience=timedelta(seconds=0.5))
    with (
        stopped(pair.pid(pair.replica_url)),
        pytest.raises(RedisAway, match="7 orders are placed and not yet"),
    ):
        await imported(conf.lane(), path, placer=placer)
    assert "0 of 1 replicas have them. Trying again for up to" in said[0]
    assert await length(lane) == 7

    counts = await imported(conf.lane(), path)
    assert (counts.placed, counts.accepted) == (20, 20)
    assert await references(lane) == once(20)
    await conf.close_lanes()


async def test_a_replica_that_comes_back_within_our_patience_ends_nothing(
    lane: Lane, pair: Pair, settings: Settings
) -> None:
    said: list[Any] = []
    with Redis.from_url(pair.url) as primary:
        primary.config_set("min-replicas-to-write", 2)

        def heard(sentence: str) -> None:
            said.append(sentence)
            primary.config_set("min-replicas-to-write", 0)

        placer = placer_of(conf.lane(), say=heard)
        await place_made_up(MadeUpOptions(30, 10), placer, Progress(io.StringIO()))
    assert "min-replicas-to-write" in said[0]
    assert said[1:] == ["Redis takes orders again."]
    assert await length(lane) == 30
    await conf.close_lanes()


@pytest.mark.parametrize("words", [["--count", "10"], ["--csv"]])
def test_the_command_says_what_was_placed_and_how_to_go_on(
    words: list[str], pair: Pair, keys: Keys, tmp_path: Path
) -> None:
    path = write_orders(tmp_path / "orders.csv", 10)
    given = [*words, *([str(path)] if words == ["--csv"] else []), "--patience", "0", "--quiet"]
    with stopped(pair.pid(pair.replica_url)), pytest.raises(CommandError) as ended:
        call_command("place_orders", *given)
    said = str(ended.value)
    assert said.startswith("10 orders are placed and not yet replicated: 0 of 1 replicas have them.")
    assert ("Run the same command again" in said) is (words == ["--csv"])
    assert ended.value.returncode == 2
    with Redis.from_url(pair.url) as client:
        assert client.xlen(keys.stream) == 10
    if words == ["--csv"]:
        call_command("place_orders", *given, stdout=io.StringIO())
        with Redis.from_url(pair.url) as client:
            assert client.xlen(keys.stream) == 10
