"""Alarms begin when their rule says so, keep their beginning, and end with some grace."""

from collections import Counter
from dataclasses import replace

import pytest

from orderstream.streams.figures import WorkerRow
from orderstream.streams.metrics import Sample
from orderstream.streams.outlook import Alarm
from orderstream.streams.verdicts import Broken, Verdict
from workers.keeper.alarms import LETTERS_QUIET_MS, LOST_SHOWN_MS, SLOW_FOR_MS, Alarms
from workers.keeper.handovers import Handover
from workers.keeper.scene import Scene

NOW = 1_795_152_368_000
LEASE = 10_000
QUIET = Scene(NOW, lease_ms=LEASE)


def worker(name: str, p95_ms: object = "", *, silent_ms: int = 0) -> WorkerRow:
    """Alive, or without a beat for so long."""
    until = NOW - silent_ms + LEASE if silent_ms else NOW + LEASE
    return WorkerRow(name, until, not silent_ms, {"p95_ms": str(p95_ms)})


def judged(scene: Scene, *before: Alarm) -> list[Alarm]:
    return list(Alarms().judge(scene, before))


def kinds(alarms: list[Alarm]) -> list[tuple[str, str]]:
    return [alarm.key for alarm in alarms]


def test_nothing_is_no_alarm() -> None:
    assert judged(QUIET) == []


DRIFTED = Verdict(audited_to_ms=NOW, violations=(Broken("I7", 1),))
LOST = Verdict(
    audited_to_ms=NOW,
    lost=1,
    lost_ids=("5-0",),
    violations=(Broken("I6", 3, ("5-0", "6-0", "7-0"), "gone"), Broken("I9", 1, ("8-0",), "idle")),
)


def test_a_clean_audit_is_no_alarm() -> None:
    assert judged(replace(QUIET, verdict=Verdict(audited_to_ms=NOW))) == []


def test_what_an_audit_finds_is_an_alarm_with_the_first_orders() -> None:
    (alarm,) = judged(replace(QUIET, verdict=LOST))
    assert alarm == Alarm("audit", NOW, lost=1, wrong=3, ids=("5-0", "6-0", "7-0"))
    assert judged(replace(QUIET, verdict=DRIFTED)) == [Alarm("audit", NOW, wrong=1)]


def test_it_keeps_its_beginning_and_ends_when_all_is_mended() -> None:
    before = Alarm("audit", NOW - 9_000, lost=1)
    assert judged(replace(QUIET, verdict=DRIFTED), before) == [Alarm("audit", NOW - 9_000, wrong=1)]
    assert judged(replace(QUIET, verdict=Verdict(audited_to_ms=NOW)), before) == []


def test_what_an_earlier_keeper_found_stands_until_this_one_knows() -> None:
    before = Alarm("audit", NOW - 9_000, lost=1, ids=("5-0",))
    assert judged(QUIET, before) == [before]


def test_lost_orders_stand_before_what_is_merely_wrong() -> None:
    paused = Alarm("paused", NOW - 5_000)
    assert kinds(judged(replace(QUIET, verdict=LOST, is_paused=True), paused))[0] == ("audit", "")
    older = Alarm("audit", NOW - 9_000)
    assert kinds(judged(replace(QUIET, verdict=DRIFTED, is_paused=True), paused, older)) == [
        ("paused", ""),
        ("audit", ""),
    ]


def test_a_worker_is_lost_since_its_last_beat() -> None:
    scene = replace(QUIET, workers=[worker("nara-2", silent_ms=41_000), worker("kobe-1")], held={"nara-2": 4})
    assert judged(scene) == [Alarm("worker_lost", NOW - 41_000, "nara-2", held=4)]


def test_it_is_told_who_went_on_with_its_orders() -> None:
    heirs = Counter({"osaka-1": 1, "kobe-2": 2, "osaka-2": 1, "kobe-1": 0})
    scene = replace(
        QUIET,
        workers=[worker("nara-2", silent_ms=41_000)],
        handovers={"nara-2": Handover(4, heirs)},
    )
    (alarm,) = judged(scene)
    assert (alarm.orders, alarm.held, alarm.heirs) == (4, 0, ("kobe-2", "osaka-1", "osaka-2"))


def test_a_lost_worker_is_still_told_of_when_it_is_retired() -> None:
    alarm = Alarm("worker_lost", NOW - 100_000, "nara-2", orders=4, heirs=("kobe-2",))
    assert judged(QUIET, alarm) == [alarm]
    assert judged(replace(QUIET, now_ms=alarm.since_ms + LOST_SHOWN_MS + LEASE), alarm) == []


def test_under_a_long_lease_it_is_told_of_for_as_long_after_it_was_found_out() -> None:
    lease_ms = 2 * LOST_SHOWN_MS
    alarm = Alarm("worker_lost", NOW - lease_ms - 60_000, "nara-2")
    assert judged(replace(QUIET, lease_ms=lease_ms), alarm) == [alarm]


def test_a_worker_that_is_heard_again_is_lost_no_more() -> None:
    alarm = Alarm("worker_lost", NOW - 20_000, "nara-2")
    assert judged(replace(QUIET, workers=[worker("nara-2")]), alarm) == []


def test_in_calm_nobody_is_judged_anew() -> None:
    scene = replace(QUIET, is_calm=True, workers=[worker("nara-2", silent_ms=41_000)])
    assert judged(scene) == []
    alarm = Alarm("worker_lost", NOW - 41_000, "nara-2")
    assert judged(scene, alarm) == [alarm]


def held_slow(*rows: WorkerRow, seconds: int = SLOW_FOR_MS // 1000 + 1) -> list[Alarm]:
    """Judged each second for as long as it takes, or longer."""
    alarms, known = Alarms(), ()
    for second in range(seconds):
        known = alarms.judge(replace(QUIET, now_ms=NOW + second * 1000, workers=rows), known)
    return list(known)


def test_a_worker_is_slow_against_the_others() -> None:
    rows = [
        worker("osaka-2", 4_800),
        worker("kobe-1", 1_900),
        worker("kobe-2", 1_800),
        worker("nara-1", 2_000),
    ]
    assert held_slow(*rows) == [Alarm("slow_worker", NOW, "osaka-2", p95=4.8, others=1.9)]
    assert held_slow(*rows, seconds=10) == [], "not at once"


@pytest.mark.parametrize(
    ("p95", "others"),
    [(3_700, [1_900, 1_900]), (400, [100, 100]), (4_800, []), ("", [1_900]), ("fast", [1_900])],
    ids=["not twice as slow", "by less than half a second", "alone", "unknown", "nonsense"],
)
def test_a_worker_that_is_not_slow(p95: object, others: list[int]) -> None:
    assert held_slow(worker("osaka-2", p95), *(worker(f"kobe-{n}", ms) for n, ms in enumerate(others))) == []


def test_a_lost_worker_is_not_slow() -> None:
    lost = worker("osaka-2", 4_800, silent_ms=41_000)
    assert kinds(held_slow(lost, worker("kobe-1", 1_900), worker("kobe-2", 1_900))) == [
        ("worker_lost", "osaka-2")
    ]


@pytest.mark.parametrize(("p95", "stays"), [(3_000, True), (2_700, False)])
def test_who_is_slow_stays_so_until_clearly_better(p95: int, stays: bool) -> None:
    alarm = Alarm("slow_worker", NOW - 400_000, "osaka-2", p95=4.8, others=1.9)
    found = judged(replace(QUIET, workers=[worker("osaka-2", p95), worker("kobe-1", 1_900)]), alarm)
    assert found == ([replace(alarm, p95=3.0)] if stays else [])


def failing(*counts: int, every_ms: int = 10_000) -> list[list[Alarm]]:
    """The alarms after each reading of the counter."""
    alarms, known, said = Alarms(), (), []
    for number, failures in enumerate(counts):
        scene = replace(QUIET, now_ms=NOW + number * every_ms, failures=failures)
        known = alarms.judge(scene, known)
        said.append(list(known))
    return said


def test_dead_letters_rise_since_the_first_of_them() -> None:
    *before, last = failing(100, 100, 102, 104, 104, 105)
    assert not any(before)
    assert last == [Alarm("dead_letters", NOW + 20_000, letters=5, base=100)]


def test_they_are_counted_on_and_end_when_none_comes() -> None:
    quiet = [120] * (LETTERS_QUIET_MS // 10_000)
    said = failing(100, 110, 120, *quiet)
    assert said[2] == [Alarm("dead_letters", NOW + 10_000, letters=20, base=100)]
    assert said[-2] == said[2]
    assert said[-1] == []


def test_what_lay_there_before_is_no_news() -> None:
    assert not any(failing(*[1_000] * 60))
    assert not any(failing(*range(30), every_ms=90_000)), "one now and then"


def test_a_counter_that_went_back_is_no_rise() -> None:
    assert not any(failing(100, 0, 2, 4))


@pytest.mark.parametrize(
    ("used", "limit", "is_full", "share"),
    [
        (0.69, 1, False, None),
        (0.7, 1, False, 0.7),
        (0.9, 1, True, 0.9),
        (0.5, 1, True, 0.5),
        (0.9, 0, False, None),
    ],
)
def test_memory_runs_low(used: float, limit: float, is_full: bool, share: float | None) -> None:
    figures = {"memory_used": used * 1e9} | ({"memory_limit": limit * 1e9} if limit else {})
    found = judged(replace(QUIET, minute=[Sample(NOW, figures)], is_full=is_full))
    assert found == ([] if share is None else [Alarm("memory", NOW, share=share, is_full=is_full)])


@pytest.mark.parametrize(("used", "stays"), [(0.66, True), (0.64, False)])
def test_memory_is_low_until_clearly_better(used: float, stays: bool) -> None:
    alarm = Alarm("memory", NOW - 1, share=0.7)
    scene = replace(QUIET, minute=[Sample(NOW, {"memory_used": used * 1e9, "memory_limit": 1e9})])
    assert bool(judged(scene, alarm)) is stays


def test_a_pause_keeps_its_beginning() -> None:
    assert judged(replace(QUIET, is_paused=True)) == [Alarm("paused", NOW)]
    assert judged(replace(QUIET, is_paused=True), Alarm("paused", NOW - 9)) == [Alarm("paused", NOW - 9)]
    assert judged(QUIET, Alarm("paused", NOW - 9)) == []


def test_the_critical_come_first_then_the_youngest() -> None:
    scene = replace(
        QUIET,
        is_paused=True,
        is_full=True,
        minute=[Sample(NOW, {"memory_used": 9e8, "memory_limit": 1e9})],
        workers=[worker("b", silent_ms=30_000), worker("a", silent_ms=20_000)],
    )
    found = judged(scene, Alarm("memory", NOW - 60_000), Alarm("paused", NOW - 5_000))
    assert kinds(found) == [("worker_lost", "a"), ("worker_lost", "b"), ("memory", ""), ("paused", "")]


def test_another_lease_does_not_move_the_moment_of_a_loss() -> None:
    lost = WorkerRow("nara-2", NOW - 5_000, False, {})
    alarms = Alarms()
    (before,) = alarms.judge(replace(QUIET, workers=[lost]), ())
    (after,) = alarms.judge(replace(QUIET, workers=[lost], lease_ms=3 * LEASE), (before,))
    assert after.since_ms == before.since_ms == NOW - 5_000 - LEASE
