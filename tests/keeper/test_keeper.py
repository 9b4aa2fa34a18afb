"""One keeper at a time keeps house, and another takes over when it goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from orderstream.streams.leases import KeeperLease
from tests.waiting import wait_until
from workers.keeper.keeper import Keeper, Term

BEAT = timedelta(milliseconds=20)
LEASE = timedelta(milliseconds=500)


class Noting:
    """A duty that notes its terms."""

    every = timedelta(milliseconds=5)

    def __init__(self) -> None:
        self.fences: list[int] = []

    async def turn(self, term: Term) -> None:
        self.fences.append(term.fence)


class Failing(Noting):
    async def turn(self, term: Term) -> None:
        await super().turn(term)
        raise RuntimeError("this duty is broken")


class Writing(Noting):
    async def turn(self, term: Term) -> None:
        await super().turn(term)
        await term.lane.command("HSET", term.lane.keys.control, "seen", "1")


class Hanging(Noting):
    async def turn(self, term: Term) -> None:
        await super().turn(term)
        await asyncio.Event().wait()


@asynccontextmanager
async def keeping(lane, name: str, *duties) -> AsyncIterator[tuple[Keeper, asyncio.Task[None]]]:
    keeper = Keeper(lane, name, duties, lease=LEASE, beat=BEAT)
    task = asyncio.create_task(keeper.run())
    yield keeper, task
    keeper.stop()
    await asyncio.wait_for(task, 5)


async def test_of_two_keepers_one_keeps_house_until_it_stops(lane):
    first, second = Noting(), Noting()
    async with keeping(lane, "a", first) as (keeper, task):
        await wait_until(lambda: first.fences)
        async with keeping(lane, "b", second):
            await wait_until(lambda: len(first.fences) > 10)
            assert not second.fences
            keeper.stop()
            await task
            # At once: well within the lease, which would have run out else.
            await wait_until(lambda: second.fences, LEASE.total_seconds() / 2)
    assert max(first.fences) < min(second.fences)


async def test_a_vanished_keeper_is_followed_when_its_lease_runs_out(lane):
    vanished = KeeperLease(lane, "vanished", LEASE // timedelta(milliseconds=1))
    fence = await vanished.hold()
    duty = Noting()
    async with keeping(lane, "b", duty):
        await wait_until(lambda: duty.fences)
    assert min(duty.fences) > fence


async def test_a_keeper_that_lost_its_lease_stops_its_duties(lane, client, keys):
    duty, thief = Noting(), KeeperLease(lane, "thief", 60_000)
    async with keeping(lane, "a", duty):
        await wait_until(lambda: duty.fences)
        await client.delete(keys.keeper)
        if await thief.hold() is None:  # it was quicker in taking it again
            await client.delete(keys.keeper)
            assert await thief.hold()

        async def is_quiet() -> bool:
            before = len(duty.fences)
            await asyncio.wait([asyncio.create_task(thief.hold()) for _ in range(50)])
            return len(duty.fences) == before

        await wait_until(is_quiet)
        await thief.give_back()
        before = len(duty.fences)
        await wait_until(lambda: len(duty.fences) > before)
    assert duty.fences == sorted(duty.fences)
    assert len(set(duty.fences)) >= 2


async def test_a_lease_that_had_to_be_taken_again_is_a_new_term(lane, client, keys):
    duty = Noting()
    async with keeping(lane, "a", duty):
        await wait_until(lambda: duty.fences)
        await client.delete(keys.keeper)
        await wait_until(lambda: duty.fences[-1] > duty.fences[0])


async def test_a_broken_duty_and_a_hanging_one_disturb_no_other(lane, caplog):
    broken, hanging, sound = Failing(), Hanging(), Noting()
    async with keeping(lane, "a", broken, hanging, sound):
        await wait_until(lambda: len(sound.fences) > 20 and len(broken.fences) > 20)
        assert len(hanging.fences) == 1
    # Said once, not at every turn.
    assert caplog.text.count("a duty fails") == 1


async def test_a_duty_that_a_full_server_refuses_is_told_in_a_sentence(lane, client, caplog):
    writing, sound = Writing(), Noting()
    try:
        async with keeping(lane, "a", writing, sound):
            await wait_until(lambda: sound.fences)
            await client.config_set("maxmemory", 1)
            await wait_until(lambda: "a duty is refused" in caplog.text)
            await client.config_set("maxmemory", 0)
            await wait_until(lambda: "a duty succeeds again" in caplog.text)
    finally:
        await client.config_set("maxmemory", 0)
    assert "memory limit" in caplog.text
    assert "Traceback" not in caplog.text
