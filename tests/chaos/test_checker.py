"""The judge: it finds nothing in a clean run, and for each invariant a run that breaks that one alone."""

from dataclasses import replace

import pytest

from tests.chaos.breaks import (
    BREAKS,
    Break,
    late,
    still_processing,
    swept,
    unknown_to_all,
)
from tests.chaos.case import Case
from tests.chaos.checker import check
from tests.chaos.facts import Happening, Rules
from tests.chaos.history import Phase
from tests.chaos.ideal import OPERATOR, Ideal
from tests.chaos.plan import Deed, Fate, Plan
from tests.chaos.run_breaks import RUN_BREAKS, nowhere_for_a_while

PLAN = Plan(seed=3, orders=250)


def broken_by(ideal: Ideal) -> set[str]:
    return {violation.invariant for violation in check(PLAN, ideal.lines, ideal.facts()).violations}


def test_a_clean_run_is_good() -> None:
    ideal = Ideal(PLAN)
    verdict = check(PLAN, ideal.lines, ideal.facts())
    assert verdict.violations == []
    figures = verdict.figures
    assert (figures.accepted, figures.completed, figures.cancelled, figures.failed_as_planned) == (
        250,
        238,
        6,
        6,
    )
    assert (figures.lost, figures.doubled_effects, figures.failed_unplanned) == (0, 0, 0)
    assert figures.executions_most == Rules().attempts


@pytest.mark.parametrize(
    ("invariant", "broken"), [*BREAKS, *RUN_BREAKS], ids=lambda each: getattr(each, "__name__", each)
)
def test_each_violation_is_caught_and_nothing_else_is_blamed(invariant: str, broken: Break) -> None:
    ideal = Ideal(PLAN)
    broken(ideal)
    assert broken_by(ideal) == {invariant}


def test_an_entry_that_is_gone_is_a_lost_order_too() -> None:
    ideal = Ideal(PLAN)
    del ideal.entries[ideal.some(Fate.PLAIN)]
    assert broken_by(ideal) >= {"I1", "I8"}


def test_an_unfinished_order_that_nobody_holds_will_never_be_found() -> None:
    ideal = Ideal(PLAN)
    still_processing(ideal)
    ideal.more["pending"] = {}
    assert broken_by(ideal) == {"I1", "I9"}


def test_an_order_that_was_never_delivered_is_in_nobodys_hands_rightly() -> None:
    ideal = Ideal(PLAN)
    ideal.placed("by-hand")
    ideal.more["pending"] = {}
    assert broken_by(ideal) == {"I1"}


def test_an_entry_that_nobody_took_notice_of_is_told() -> None:
    ideal = Ideal(PLAN)
    unknown_to_all(ideal)
    assert "I9" in broken_by(ideal)


def test_what_fails_though_it_was_to_complete_is_counted_as_unplanned() -> None:
    reference = Ideal(PLAN).entries[Ideal(PLAN).some(Fate.PLAIN)]["reference"]
    ideal = Ideal(PLAN, deeds={reference: Deed.REJECT})
    verdict = check(PLAN, ideal.lines, ideal.facts())
    assert [violation.invariant for violation in verdict.violations] == ["I1"]
    assert verdict.figures.failed_unplanned == 1


def test_an_order_that_ends_twice_is_caught() -> None:
    ideal = Ideal(PLAN)
    ideal.event(ideal.some(Fate.PLAIN), "cancelled", "cancelled", OPERATOR, fence=str(ideal.now_ms))
    assert broken_by(ideal) >= {"I1", "I3"}


def test_the_time_of_a_fault_is_no_delay_of_an_order() -> None:
    ideal = Ideal(PLAN)
    late(ideal)
    healed = ideal.events[-1].at_ms - 1_000
    ideal.more["happenings"] = [Happening("stall server", healed - 58_000, healed)]
    assert broken_by(ideal) == set()


@pytest.mark.parametrize(
    "elsewhen",
    [
        Happening("stall server", 2_000_000_000_000, 2_000_000_001_000),
        Happening("stall server", 1_000, 2_000),
    ],
)
def test_a_fault_before_or_after_a_delay_excuses_nothing(elsewhen: Happening) -> None:
    ideal = Ideal(PLAN)
    late(ideal)
    ideal.more["happenings"] = [elsewhen]
    assert broken_by(ideal) == {"I1"}


def test_dashboards_that_never_read_excuse_no_delay() -> None:
    ideal = Ideal(PLAN)
    late(ideal)
    healed = ideal.events[-1].at_ms - 1_000
    ideal.more["happenings"] = [Happening("silent dashboards", healed - 58_000, healed)]
    assert broken_by(ideal) == {"I1"}


def test_whoever_is_silent_alone_or_briefly_or_longer_than_a_lease_is_judged_dead_rightly() -> None:
    ideal = Ideal(PLAN)
    at_ms = swept(ideal)
    ideal.more["happenings"] = [
        Happening("stall worker 3 leases", at_ms - 7_000, at_ms - 1_000),
        Happening("stall server", at_ms - 4_000, at_ms - 1_000, 3_000),
        Happening("outage", at_ms - 12_000, at_ms - 5_000, 7_000),
    ]
    assert broken_by(ideal) == set()


def test_pending_entries_that_a_fault_has_destroyed_are_excused_until_the_sweep_has_found_them() -> None:
    ideal = Ideal(PLAN)
    nowhere_for_a_while(ideal)
    ideal.more["happenings"] = [Happening("DELCONSUMER", 900, 1_200)]
    assert broken_by(ideal) == set()
    ideal.more["happenings"] = [Happening("DELCONSUMER", 1_600, 1_700), Happening("reset", 900, 1_200)]
    assert broken_by(ideal) == {"I9"}


def test_unknown_calls_are_told_by_what_had_become_of_them() -> None:
    ideal = Ideal(PLAN)
    first, second, third = (line for line in ideal.lines[:6] if line.phase is Phase.INVOKE)
    for number, line in enumerate((first, second, third)):
        what = (line.kind, line.key, line.references)
        ideal.lines.append(replace(line, phase=Phase.UNKNOWN))
        if number < 2:
            answer = next(each for each in ideal.lines if each.phase is Phase.OK and each.key == line.key)
            ideal.say(Phase.OK, *what, ids=answer.ids, status=201, is_replayed=number == 0)
    figures = check(PLAN, ideal.lines, ideal.facts()).figures
    told = (figures.unknown_placed, figures.unknown_not_placed, figures.unknown_for_ever)
    assert told == (1, 1, 1)


def test_a_takeover_lasts_from_the_last_sign_to_the_next_beginning() -> None:
    ideal = Ideal(PLAN)
    order_id = ideal.placed("by-hand")
    ideal.started(order_id, 1, "worker:lost")
    began = ideal.now_ms
    ideal.now_ms += 6_000
    words = {
        "error": "WorkerLost",
        "swept": "lost",
        "fence": str(ideal.now_ms),
        "next_attempt_at": str(ideal.now_ms),
    }
    ideal.event(order_id, "retried", "retrying", "worker:w-1", **words)
    ideal.now_ms = began + 6_500
    ideal.started(order_id, 2)
    takeover = check(PLAN, ideal.lines, ideal.facts()).figures.takeover
    assert takeover.count == 1
    assert 6.5 <= takeover.most < 6.6


@pytest.mark.parametrize(("is_quiet", "is_of_time"), [(True, False), (False, True)])
def test_what_is_unfinished_is_lost_for_certain_only_where_it_was_quiet(
    is_quiet: bool, is_of_time: bool
) -> None:
    ideal = Ideal(PLAN)
    still_processing(ideal)
    ideal.more["is_quiet"] = is_quiet
    found = check(PLAN, ideal.lines, ideal.facts()).violations
    assert {each.is_of_time for each in found} == {is_of_time}


def test_ahead_of_an_order_is_what_was_unfinished_when_it_came() -> None:
    ideal = Ideal(Plan(seed=3, orders=1))
    first, second = ideal.placed("by-hand"), ideal.placed("by-hand")
    ideal.started(first, 1)
    ideal.event(first, "failed", "failed", "worker:w-1", error="Planned")
    third = ideal.placed("by-hand")
    ideal.event(first, "requeued", "pending", OPERATOR, round="2", attempt="0", fence="1")
    fourth = ideal.placed("by-hand")
    ahead = Case(PLAN, ideal.lines, ideal.facts()).ahead
    assert [ahead[order_id] for order_id in (first, second, third, fourth)] == [0, 1, 1, 3]
