"""`limit`: so many at once and so many in each period, over several limits; no key outlives its use."""

from dataclasses import replace
from datetime import timedelta

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.limits import Rate, Refusal, Want, limit
from orderstream.streams.scripts import ContractError
from tests.streams.scene import Clock
from tests.waiting import wait_until

TEN_A_MINUTE = Rate(10, timedelta(minutes=1))
ADA = Want("sign-in", "ada", TEN_A_MINUTE)
DESK = Want("sign-in", "desk", TEN_A_MINUTE)


async def waits_ms(lane: Lane, *wants: Want) -> int:
    """0 when they are let through."""
    refusal = await limit(lane, wants)
    return refusal.wait // timedelta(milliseconds=1) if refusal else 0


async def let_through(lane: Lane, want: Want, times: int) -> int:
    """How many of so many."""
    return [await waits_ms(lane, want) for _ in range(times)].count(0)


async def test_so_many_may_come_at_once_and_no_more(lane: Lane) -> None:
    assert await let_through(lane, ADA, 15) == 10


async def test_they_come_back_evenly(lane: Lane, clock: Clock) -> None:
    await let_through(lane, ADA, 10)
    assert await waits_ms(lane, ADA) == 6_000
    clock.advance(5_999)
    assert await waits_ms(lane, ADA) == 1
    clock.advance(1)
    assert await let_through(lane, ADA, 2) == 1
    clock.advance(30_000)
    assert await let_through(lane, ADA, 9) == 5


async def test_a_refusal_takes_nothing(lane: Lane, clock: Clock) -> None:
    await let_through(lane, ADA, 10)
    for _ in range(20):
        assert await waits_ms(lane, ADA) == 6_000


async def test_over_a_long_time_the_rate_holds_whatever_the_beat(lane: Lane, clock: Clock) -> None:
    passed = 0
    for _ in range(600):
        passed += await let_through(lane, ADA, 1)
        clock.advance(1_000)
    assert passed == 10 + 99  # what there was, and one for each six seconds after


async def test_one_that_refuses_keeps_the_others_whole(lane: Lane) -> None:
    await let_through(lane, DESK, 10)
    assert await limit(lane, [ADA, DESK]) == Refusal(DESK, timedelta(seconds=6))
    assert await limit(lane, [DESK, ADA]) == Refusal(DESK, timedelta(seconds=6))
    assert await let_through(lane, ADA, 15) == 10


async def test_all_that_let_through_are_counted(lane: Lane) -> None:
    for _ in range(10):
        assert await limit(lane, [ADA, DESK]) is None
    assert await waits_ms(lane, ADA) == await waits_ms(lane, DESK) == 6_000


async def test_of_several_that_refuse_the_longest_wait_is_told(lane: Lane) -> None:
    slow = Want("sign-in", "slow", Rate(1, timedelta(hours=1)))
    await let_through(lane, ADA, 10)
    await let_through(lane, slow, 1)
    for wants in ([ADA, slow], [slow, ADA]):
        assert await limit(lane, wants) == Refusal(slow, timedelta(hours=1))


async def test_a_batch_counts_for_as_many_as_it_holds(lane: Lane, clock: Clock) -> None:
    assert await waits_ms(lane, replace(ADA, units=7)) == 0
    assert await waits_ms(lane, replace(ADA, units=4)) == 6_000
    assert await waits_ms(lane, replace(ADA, units=3)) == 0
    assert await waits_ms(lane, ADA) == 6_000


async def test_each_limit_is_asked_for_its_own_amount(lane: Lane) -> None:
    assert await limit(lane, [replace(ADA, units=2), replace(DESK, units=9)]) is None
    assert await limit(lane, [replace(DESK, units=1), replace(ADA, units=8)]) is None
    assert await waits_ms(lane, ADA) == await waits_ms(lane, DESK) == 6_000


async def test_no_wait_is_told_too_short(lane: Lane) -> None:
    quick = Want("reading", "ada", Rate(1, timedelta(microseconds=60_000_500)))
    await waits_ms(lane, quick)
    assert await waits_ms(lane, quick) == 60_001


async def test_a_batch_beyond_what_comes_at_once_waits_for_all_of_it_and_is_paid_back(
    lane: Lane, clock: Clock
) -> None:
    await let_through(lane, ADA, 1)
    big = replace(ADA, units=100)
    assert await limit(lane, [big], largest=100) == Refusal(big, timedelta(seconds=6))
    clock.advance(6_000)
    assert await limit(lane, [big], largest=100) is None
    clock.advance(91 * 6_000 - 1)
    assert await limit(lane, [ADA], largest=100) == Refusal(ADA, timedelta(milliseconds=1))
    clock.advance(1)
    assert await limit(lane, [ADA], largest=100) is None


async def test_what_was_taken_for_the_same_deed_does_not_stand_in_its_way(lane: Lane) -> None:
    await let_through(lane, ADA, 1)
    rest = replace(ADA, units=99)
    assert await waits_ms(lane, rest) == 6_000
    assert await limit(lane, [replace(rest, before=1)], largest=100) is None
    assert await limit(lane, [ADA], largest=100) == Refusal(ADA, timedelta(minutes=9.1))


TEN_YEARS_MS = 10 * 365 * 86_400_000


async def test_a_clock_that_went_back_keeps_nobody_waiting(lane: Lane, clock: Clock) -> None:
    await let_through(lane, ADA, 10)
    clock.advance(-TEN_YEARS_MS)
    assert await let_through(lane, ADA, 11) == 10


async def test_the_debt_of_the_largest_batch_is_no_clock_that_went_back(lane: Lane, clock: Clock) -> None:
    big = replace(ADA, units=100)
    assert await limit(lane, [big], largest=100) is None
    assert await limit(lane, [ADA], largest=100) == Refusal(ADA, timedelta(minutes=9.1))
    clock.advance(-1)
    assert await limit(lane, [ADA], largest=100) is None


@pytest.mark.parametrize("units", [1_337, 7, 3, 1_001])
async def test_a_bucket_that_is_emptied_at_one_moment_is_empty(units: int, lane: Lane) -> None:
    """However its units divide a second: a moment is stored in whole microseconds."""
    odd = Want("reading", "ada", Rate(units, timedelta(seconds=1)), units)
    assert await limit(lane, [odd]) is None
    assert await limit(lane, [replace(odd, units=1)]) is not None


async def test_people_and_kinds_are_counted_apart(lane: Lane) -> None:
    await let_through(lane, ADA, 10)
    assert await waits_ms(lane, replace(ADA, whose="bob")) == 0
    assert await waits_ms(lane, replace(ADA, kind="link")) == 0


@pytest.mark.parametrize("garbage", ["", "soon", "nan", "-1"])
async def test_what_is_no_count_of_ours_limits_nobody(garbage: str, lane: Lane) -> None:
    await lane.command("SET", lane.keys.limit("sign-in", "ada"), garbage)
    assert await let_through(lane, ADA, 11) == 10


async def test_a_key_of_another_type_limits_nobody_and_stops_no_neighbour(lane: Lane) -> None:
    await lane.command("LPUSH", lane.keys.limit("sign-in", "ada"), "x")
    for _ in range(10):
        assert await limit(lane, [ADA, DESK]) is None
    assert await waits_ms(lane, DESK) == 6_000


async def test_a_count_dies_when_it_says_nothing_any_more(lane: Lane) -> None:
    key = lane.keys.limit("sign-in", "ada")
    await let_through(lane, ADA, 3)
    assert 17_000 < await lane.command("PTTL", key) <= 18_000
    quick = Want("reading", "ada", Rate(1_000, timedelta(seconds=1)))
    await waits_ms(lane, quick)

    async def is_gone() -> bool:
        return not await lane.command("EXISTS", lane.keys.limit("reading", "ada"))

    await wait_until(is_gone)


async def test_it_goes_by_the_servers_clock(lane: Lane) -> None:
    live = replace(lane, clock=None)
    fast = Want("reading", "ada", Rate(1, timedelta(milliseconds=20)))
    assert await waits_ms(live, fast) == 0

    async def is_free_again() -> bool:
        return await waits_ms(live, fast) == 0

    await wait_until(is_free_again)
    stored = int(await lane.command("GET", lane.keys.limit("reading", "ada")) or 0)
    seconds, _ = await lane.client.time()
    assert stored == 0 or abs(stored / 1e6 - seconds) < 60


async def test_nothing_wanted_asks_nobody(lane: Lane) -> None:
    assert await limit(lane, []) is None


async def test_each_limit_brings_its_figures(lane: Lane) -> None:
    with pytest.raises(ContractError):
        await lane.scripts["limit"].run(lane.client, [lane.keys.limit("a", "b")], ["", 1, 1, 1])
    with pytest.raises(ContractError):
        await lane.scripts["limit"].run(lane.client, [lane.keys.limit("a", "b")] * 2, ["", 1, 1, 1, 1])
