"""`give_back_lease`: the next keeper need not wait, and nobody gives back another's lease."""

from orderstream.streams.lane import Lane
from orderstream.streams.leases import KeeperLease


async def test_a_lease_that_is_given_back_is_free_at_once(lane: Lane) -> None:
    first, second = KeeperLease(lane, "first", 60_000), KeeperLease(lane, "second", 60_000)
    await first.hold()
    assert not await second.give_back()
    assert await second.hold() is None
    assert await first.give_back()
    assert await second.hold() == 2
    assert not await first.give_back()
