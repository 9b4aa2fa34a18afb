"""Made-up orders: as many as asked for, the same for the same seed, not faster than asked for."""

import io
import time

from orderstream.domain.drafts import draft_from
from orderstream.imports.made_up import MadeUpOptions, Pace, drafts, place_made_up
from orderstream.imports.progress import Progress
from orderstream.streams.lane import Lane
from tests.imports.importing import keys_left, placer_of


def test_the_same_seed_gives_the_same_orders() -> None:
    assert list(drafts(50, 7)) == list(drafts(50, 7))
    assert list(drafts(50, 7)) != list(drafts(50, 8))


def test_made_up_orders_pass_the_one_validation() -> None:
    for draft in drafts(500, 1):
        wire = draft.wire()
        assert draft_from({**wire, "quantity": draft.quantity}) == draft


async def test_as_many_are_placed_as_asked_for(lane: Lane) -> None:
    await place_made_up(MadeUpOptions(count=25, batch=10), placer_of(lane), Progress(io.StringIO()))

    entries = await lane.client.xrange(lane.keys.stream)
    assert [fields["customer_id"] for _id, fields in entries] == [d.customer_id for d in drafts(25, 0)]
    assert await keys_left(lane) == []


async def test_a_rate_is_kept(lane: Lane) -> None:
    began = time.monotonic()
    await place_made_up(MadeUpOptions(count=20, batch=10, rate=40), placer_of(lane), Progress(io.StringIO()))

    assert await lane.client.xlen(lane.keys.stream) == 20
    assert 0.45 <= time.monotonic() - began < 5


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


def test_what_an_outage_held_up_is_not_made_good_in_a_burst() -> None:
    clock = Clock()
    pace = Pace(10, clock)
    clock.now += 0.55
    assert pace.due(0) == 5

    clock.now += 60
    assert pace.due(5) == 10
    assert pace.due(15) == 0
    clock.now += 0.35
    assert pace.due(15) == 3


def test_a_slow_rate_becomes_due_too() -> None:
    clock = Clock()
    pace = Pace(0.1, clock)
    clock.now += 9.9
    assert pace.due(0) == 0
    clock.now += 0.2
    assert pace.due(0) == 1


async def test_a_rate_below_one_per_second_places_too(lane: Lane) -> None:
    await place_made_up(MadeUpOptions(count=1, batch=10, rate=0.9), placer_of(lane), Progress(io.StringIO()))

    assert await lane.client.xlen(lane.keys.stream) == 1
