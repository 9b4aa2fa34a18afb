"""Patience: with a full backlog, with Redis away, with lost replies; and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from orderstream.imports.placer import Interrupted, Placer, RedisAway
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane
from orderstream.streams.operating import cancel
from orderstream.streams.placing import Placement
from tests.imports.importing import keys_left, placer_of, references
from tests.imports.wire import Wire, wire_to
from tests.orders import draft
from tests.waiting import wait_until

SCOPE = "import:test:1"


def placements(count: int) -> list[Placement]:
    return [Placement(draft(reference=str(n)), str(n), SCOPE, "line") for n in range(count)]


@pytest.fixture
async def wire(redis_url: str) -> AsyncIterator[Wire]:
    async with wire_to(redis_url) as wire:
        yield wire


@pytest.fixture
async def far_lane(wire: Wire, keys: Keys) -> AsyncIterator[Lane]:
    """The same lane, at the other end of the wire."""
    client = connect(wire.url)
    yield Lane(client, keys)
    await client.aclose()


async def size(lane: Lane) -> int:
    return int(await lane.client.xlen(lane.keys.stream))


async def test_a_full_backlog_is_waited_for_and_said_once(lane: Lane) -> None:
    said: list[str] = []
    placer = placer_of(lane, backlog_limit=4, say=said.append)

    placing = asyncio.create_task(placer.place(placements(10)))
    while not placing.done():
        # As many as there is room for, never more.
        await wait_until(lambda: _is_full_or_done(lane, placing))
        ids = [order_id for order_id, _fields in await lane.client.xrange(lane.keys.stream)]
        await cancel(lane, ids, actor="user:test", reason="")
    await placing

    assert await references(lane) == {str(n): 1 for n in range(10)}
    assert said == ["The backlog is full (4 orders); waiting for workers."]


async def _is_full_or_done(lane: Lane, placing: asyncio.Task[None]) -> bool:
    pending = int(await lane.client.hget(lane.keys.totals, "pending") or 0)
    assert pending <= 4
    return pending == 4 or placing.done()


async def test_a_lost_reply_places_nothing_twice(lane: Lane, far_lane: Lane, wire: Wire) -> None:
    placer = placer_of(far_lane)
    await placer.place(placements(1))

    wire.replies_to_lose = 2
    await placer.place(placements(10))

    assert await references(lane) == {str(n): 1 for n in range(10)}


async def test_an_outage_is_outlived_and_said_at_each_edge(lane: Lane, far_lane: Lane, wire: Wire) -> None:
    said: list[str] = []
    placer = placer_of(far_lane, say=said.append)
    await placer.place(placements(1))

    wire.cut()
    placing = asyncio.create_task(placer.place(placements(5)))
    await wait_until(lambda: said)
    assert "Trying again for up to 5 minutes." in said[0]
    wire.mend()
    await placing

    assert said[1:] == ["Redis takes orders again."]
    assert await size(lane) == 5


async def test_an_outage_longer_than_our_patience_ends_it(far_lane: Lane, wire: Wire) -> None:
    placer = placer_of(far_lane, patience=timedelta(milliseconds=50))
    await placer.place(placements(1))

    wire.cut()
    with pytest.raises(RedisAway, match="cannot be reached"):
        await placer.place(placements(5))


async def test_a_server_that_never_answered_is_not_waited_for(far_lane: Lane, wire: Wire) -> None:
    wire.cut()
    with pytest.raises(RedisAway):
        await placer_of(far_lane).place(placements(1))


async def test_asked_to_stop_it_places_nothing_more(lane: Lane) -> None:
    placer = placer_of(lane)
    placer.stop.set()

    with pytest.raises(Interrupted):
        await placer.place(placements(1))
    assert await size(lane) == 0


@pytest.mark.parametrize("why", ["backlog", "outage"])
async def test_a_wait_is_cut_short_when_asked_to_stop(
    why: str, lane: Lane, far_lane: Lane, wire: Wire
) -> None:
    said: list[str] = []
    placer: Placer = placer_of(far_lane, backlog_limit=1 if why == "backlog" else 0, say=said.append)
    await placer.place(placements(1))
    if why == "outage":
        wire.cut()

    placing = asyncio.create_task(placer.place(placements(3)))
    await wait_until(lambda: said)
    placer.stop.set()

    with pytest.raises(Interrupted):
        await placing


async def test_forgetting_removes_only_what_it_is_told(lane: Lane) -> None:
    placer = placer_of(lane)
    await placer.place(placements(3))

    await placer.forget(SCOPE, (str(n) for n in range(1, 2_500)))

    assert await keys_left(lane) == [lane.keys.idempotency(SCOPE, "0")]


async def test_a_call_that_arrives_late_finds_its_keys(lane: Lane) -> None:
    """The sender was killed, another finished its batch, and only then the server reads what was sent."""
    placer = placer_of(lane)
    await placer.place(placements(3))
    await placer.forget(SCOPE, ["0", "1", "2"])

    await placer_of(lane).place(placements(3))

    assert await size(lane) == 3


async def test_after_a_while_without_trouble_keys_are_removed_at_once(
    lane: Lane, far_lane: Lane, wire: Wire
) -> None:
    placer = placer_of(far_lane)
    batches = [placements(3_000)[start : start + 1_000] for start in range(0, 3_000, 1_000)]

    async def leaves_keys(batch: list[Placement]) -> bool:
        await placer.place(batch)
        await placer.forget(SCOPE, [placement.key or "" for placement in batch])
        return bool(await lane.client.exists(lane.keys.idempotency(SCOPE, batch[0].key or "")))

    assert await leaves_keys(batches[0])
    assert not await leaves_keys(batches[1])
    wire.replies_to_lose = 1
    assert await leaves_keys(batches[2])


async def test_a_key_does_not_run_out(lane: Lane) -> None:
    await placer_of(lane).place(placements(1))

    assert await lane.client.ttl(lane.keys.idempotency(SCOPE, "0")) == -1
