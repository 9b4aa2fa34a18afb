"""`hold_lease`: one keeper at a time, each with a higher fence."""

from orderstream.streams.lane import Lane
from orderstream.streams.leases import KeeperLease
from tests.waiting import wait_until


async def test_one_keeper_holds_the_lease_and_may_extend_it(lane: Lane) -> None:
    first, second = KeeperLease(lane, "keeper 1", 60_000), KeeperLease(lane, "keeper 2", 60_000)
    assert await first.hold() == 1
    assert await second.hold() is None
    assert await first.hold() == 1
    assert 0 < await lane.command("PTTL", lane.keys.keeper) <= 60_000


async def test_an_expired_lease_goes_to_another_with_a_higher_fence(lane: Lane) -> None:
    assert await KeeperLease(lane, "first", 20).hold() == 1
    second = KeeperLease(lane, "second", 60_000)
    assert await wait_until(second.hold) == 2
    assert await KeeperLease(lane, "first", 20).hold() is None
