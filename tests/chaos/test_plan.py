"""The plan: the same for all who have the seed, with every kind of order in it, and a known end for each."""

from collections import Counter

import pytest

from tests.chaos.plan import BLOCK, IN_A_BLOCK, Deed, Fate, Manner, Plan

PLAN = Plan(seed=5, orders=2 * BLOCK, span_seconds=50)


def test_a_handler_knows_the_deed_from_the_seed_alone() -> None:
    """A worker process is told the seed and the mix, and nothing else."""
    worker = Plan(seed=5, orders=0)
    for reference in PLAN.references:
        for attempt in (1, 2, 3):
            assert worker.deed(reference, attempt) is PLAN.deed(reference, attempt)
            assert worker.seconds(reference, attempt) == PLAN.seconds(reference, attempt)


def test_another_seed_is_another_plan() -> None:
    fates = [PLAN.fate(f"5-{n}") for n in range(BLOCK)]
    assert fates != [PLAN.fate(f"6-{n}") for n in range(BLOCK)]


def test_every_fate_is_in_every_block() -> None:
    for block in (PLAN.references[:BLOCK], PLAN.references[BLOCK:]):
        counts = Counter(PLAN.fate(reference) for reference in block)
        assert counts == {**IN_A_BLOCK, Fate.PLAIN: BLOCK - sum(IN_A_BLOCK.values())}


@pytest.mark.parametrize(
    "fate", [f for f in Fate if f not in {Fate.REJECTED, Fate.DISCARDED, Fate.CANCELLED}]
)
def test_whoever_has_attempts_enough_comes_to_the_planned_end(fate: Fate) -> None:
    for reference in (r for r in PLAN.references if PLAN.fate(r) is fate):
        deeds = [PLAN.deed(reference, attempt, round_=2) for attempt in range(1, 5)]
        assert (Deed.COMPLETE in deeds) is (PLAN.final(reference) == "completed")


def test_a_poisonous_order_kills_its_worker_at_every_attempt_while_others_are_at_work() -> None:
    plan = Plan(seed=5, orders=BLOCK, mix="poisoned")
    (poison,) = (r for r in plan.references if plan.fate(r) is Fate.POISONOUS)
    assert {plan.deed(poison, attempt) for attempt in (1, 2, 9)} == {Deed.DIE}
    assert plan.final(poison) == "failed"
    others = [r for r in plan.references if r != poison]
    assert {plan.deed(r, 1) for r in others} == {Deed.COMPLETE}
    assert all(plan.seconds(r, 1) > plan.seconds(poison, 1) for r in others)


def test_a_rejected_order_is_rejected_at_every_attempt_of_its_first_round() -> None:
    rejected = [r for r in PLAN.references if PLAN.fate(r) in {Fate.REJECTED, Fate.REQUEUED, Fate.DISCARDED}]
    assert {PLAN.deed(r, attempt) for r in rejected for attempt in (1, 2, 7)} == {Deed.REJECT}


def test_submissions_hold_each_order_once_in_every_manner() -> None:
    submissions = list(PLAN.submissions())
    assert [r for s in submissions for r in s.references] == PLAN.references
    assert {s.manner for s in submissions} == set(Manner)
    assert len({s.key for s in submissions}) == len(submissions)
    times = [s.at_seconds for s in submissions]
    assert times == sorted(times)
    assert times[-1] < PLAN.span_seconds


def test_what_a_fault_wrote_by_hand_is_none_of_the_plans_and_completes() -> None:
    assert not PLAN.has("by-hand-5-1")
    assert not PLAN.has("6-1")
    assert not PLAN.has(f"5-{PLAN.orders}")
    assert PLAN.deed("by-hand-5-1", 1) is Deed.COMPLETE
    assert PLAN.final("by-hand-5-1") == "completed"
