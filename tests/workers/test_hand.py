"""Slots: how many orders a worker may take, and when a read is worth its round trips."""

import asyncio

from tests.workers.fakes import a_moment
from workers.hand import Hand


def test_what_runs_and_what_hangs_takes_slots() -> None:
    hand = Hand(10, stuck=lambda: 3)
    hand.running = 4
    assert hand.free == 3


def test_what_waits_to_be_recorded_takes_no_slot_but_is_bounded() -> None:
    hand = Hand(10)
    hand.note(f"{n}-1" for n in range(14))
    assert hand.free == 6
    hand.note(f"{n}-1" for n in range(30))
    assert hand.free == 0


def test_fewer_slots_than_running_orders_are_none() -> None:
    hand = Hand(10)
    hand.running = 10
    hand.capacity = 2
    assert hand.free == 0


def test_a_read_is_worth_it_from_a_quarter_of_the_slots_on() -> None:
    hand = Hand(100)
    hand.running = 76
    assert not hand.has_room
    hand.running = 75
    assert hand.has_room
    assert Hand(1).has_room


async def test_a_nearly_full_worker_waits_only_a_moment_for_more_room() -> None:
    hand = Hand(100)
    hand.running = 99
    await hand.room()  # returns with one free slot, or this test runs into its time limit
    assert hand.free == 1


async def test_whoever_waits_for_room_is_woken() -> None:
    hand = Hand(4)
    hand.running = 4
    waiting = asyncio.create_task(hand.room())
    await a_moment(0.02)
    assert not waiting.done()
    hand.running = 3
    hand.changed()
    await waiting


async def test_whoever_waits_for_an_empty_hand_is_woken_by_the_last_order() -> None:
    hand = Hand(4)
    hand.note(["1-1", "2-1"])
    waiting = asyncio.create_task(hand.empty())
    await a_moment(0.01)
    hand.forget(["1-1"])
    await a_moment(0.01)
    assert not waiting.done()
    hand.forget(["2-1"])
    await waiting
