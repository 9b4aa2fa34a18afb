"""The keeper's audit while Redis is away, refuses, or has lost what it had."""

import contextlib
from dataclasses import replace
from random import Random
from time import monotonic
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError

from orderstream.configuration import reading
from orderstream.streams import verdicts
from orderstream.streams.connection import GroupLost, TooFewReplicas
from orderstream.streams.lane import Lane
from orderstream.streams.scripts import SCRIPTS
from tests.keeper.auditing.saying import LONG_REST, NO_REST, delete, drift, is_clean, said
from tests.streams.auditing import House
from tests.streams.scene import Clock
from tests.streams.test_auditing_flow import Flaky
from tests.waiting import wait_until
from workers.keeper.auditing import Auditing
from workers.keeper.keeper import Term

_WRITING = SCRIPTS["write_fields"]
REFUSALS = (ReadOnlyError("READONLY"), TooFewReplicas("NOREPLICAS"), GroupLost("gone"))


@pytest.mark.parametrize("seed", range(4))
async def test_outages_are_no_false_alarm(house: House, lane: Lane, seed: int) -> None:
    duty, failures = Auditing(NO_REST), 0
    flaky = replace(lane, client=cast(Redis, Away(lane.client, Random(seed))))

    async def turned() -> bool:
        nonlocal failures
        try:
            await duty.turn(Term(flaky, 1))
        except ConnectionError:
            failures += 1
        return duty.verdict is not None and failures > 20

    await wait_until(turned)
    assert duty.verdict is not None
    assert duty.verdict.is_clean


class Away(Flaky):
    """It is asked for the time, too."""

    async def time(self) -> Any:
        self._perhaps_fail()
        return await self._client.time()


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_server_that_takes_no_writes_costs_nothing_of_the_audit(
    house: House, lane: Lane, clock: Clock, refusal: Exception
) -> None:
    duty = Auditing(LONG_REST)
    clean = await said(duty, lane, is_clean)
    await drift(house)
    full, refusals = replace(lane, client=cast(Redis, Full(lane.client, refusal))), 0

    async def is_found() -> bool:
        nonlocal refusals
        try:
            await duty.turn(Term(full, 1))
        except type(refusal):
            refusals += 1
        return duty.verdict is not None and duty.verdict.counts == {"I7": 1}

    await wait_until(is_found)
    assert refusals > 0
    assert await verdicts.read(lane) == clean
    clock.advance(1)
    later = await said(duty, lane, lambda found: found.audited_to_ms == clock.now_ms)
    assert (later.begun_ms, later.rounds > clean.rounds) == (clean.begun_ms, True)


async def test_a_verdict_that_could_not_be_written_costs_no_rest(house: House, lane: Lane) -> None:
    duty = Auditing(LONG_REST)
    full = replace(lane, client=cast(Redis, Full(lane.client, REFUSALS[0])))

    async def is_known() -> bool:
        with contextlib.suppress(ReadOnlyError):
            await duty.turn(Term(full, 1))
        return duty.verdict is not None

    await wait_until(is_known)
    assert duty._anew_due > monotonic()


class Full:
    """Refuses each verdict."""

    def __init__(self, client: Redis, refusal: Exception) -> None:
        self._client, self._refusal = client, refusal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def execute_command(self, *words: Any, **reading: Any) -> Any:
        if words[1] in {_WRITING.sha, _WRITING.source}:
            raise self._refusal
        return await self._client.execute_command(*words, **reading)


async def test_a_server_that_comes_back_empty_is_clean_again(house: House, lane: Lane) -> None:
    duty = Auditing(NO_REST)
    await said(duty, lane, is_clean)
    keys = [key async for key in lane.client.scan_iter(f"{lane.keys.prefix.removesuffix('orders')}*")]
    await lane.client.delete(*keys)
    await lane.ensure_group()
    verdict = await said(duty, lane, lambda found: found.is_clean and not found.orders)
    assert verdict.unjudged == ()


async def test_an_audit_of_another_log_has_begun_with_it(house: House, lane: Lane, clock: Clock) -> None:
    duty = Auditing(LONG_REST)
    before = await said(duty, lane, is_clean)
    clock.advance(60_000)
    await lane.client.delete(lane.keys.events, lane.keys.stream, lane.keys.totals)
    verdict = await said(duty, lane, lambda found: found.events < before.events and found.rounds)
    assert verdict.begun_ms == clock.now_ms


async def test_a_fault_of_ours_begins_anew(house: House, lane: Lane) -> None:
    duty = Auditing(LONG_REST)
    clean = await said(duty, lane, is_clean)
    order_id = await delete(house)
    assert duty._following is not None
    duty._following.audit._phase = 99
    with pytest.raises(IndexError):
        await said(duty, lane, lambda found: found.rounds > clean.rounds)
    assert (await said(duty, lane, lambda found: not found.is_clean)).ids == (order_id,)


async def test_nobody_is_swept_by_a_limit_that_a_manager_may_have_changed(
    house: House, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL was away since this keeper began; the sweep might end an order too early."""
    monkeypatch.setattr(reading, "_has_read", False)
    await lane.command("XACK", lane.keys.stream, lane.group, house["processing"])
    duty = Auditing(NO_REST)
    verdict = await said(duty, lane, lambda found: found.unjudged)
    assert ([each.count for each in verdict.unjudged], verdict.clean) == ([1], None)
    assert await house.scene.holder(house["processing"]) is None
    monkeypatch.setattr(reading, "_has_read", True)
    await said(duty, lane, lambda found: found.clean)
    assert await house.scene.holder(house["processing"]) is not None
