"""Retries get half of the free slots, and suspects come one at a time."""

from tests.workers.fakes import FakeSource
from workers.hand import Hand
from workers.promoter import Promoter


async def test_a_single_slot_goes_to_retries_and_new_entries_in_turn() -> None:
    source, hand = FakeSource(), Hand(1)
    source.due = [f"{n}-1" for n in range(10)]
    promoter = Promoter(source, hand)
    assert [len(await promoter.promote()) for _ in range(4)] == [1, 0, 1, 0]


async def test_without_due_retries_the_index_is_not_asked_at_every_pass() -> None:
    source = FakeSource()
    promoter = Promoter(source, Hand(10))
    for _ in range(5):
        await promoter.promote()
    assert source.promotions == [(1, 1)]


async def test_while_a_possible_suspect_is_in_hand_no_other_is_taken() -> None:
    source, hand = FakeSource(), Hand(10)
    source.due = [f"{n}-1" for n in range(20)]
    promoter = Promoter(source, hand)
    promoted = await promoter.promote()
    assert source.promotions == [(1, 1), (4, 0)]
    hand.note(promoted)
    await promoter.promote()
    assert source.promotions[-1][1] == 0
    hand.forget(promoted)
    await promoter.promote()
    assert (1, 1) in source.promotions[2:]
