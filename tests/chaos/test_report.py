"""What is told of a run: every promise that was broken with its order, and figures that a person can read."""

import json
from types import SimpleNamespace
from typing import Any

from tests.chaos import report
from tests.chaos.checker import check
from tests.chaos.facts import Happening
from tests.chaos.ideal import Ideal
from tests.chaos.plan import Deed, Fate, Plan

PLAN = Plan(seed=3, orders=250)


def run_of(ideal: Ideal, *struck: Any, trouble: str = "") -> Any:
    verdict = check(PLAN, ideal.lines, ideal.facts())
    return SimpleNamespace(
        options=SimpleNamespace(seed=3),
        verdict=verdict,
        struck=struck,
        is_good=verdict.is_good and not trouble,
        trouble=trouble,
        late=0.1,
        seconds=61.2,
        quiet_after=0.5,
    )


def fault(name: str, *, has_hit: bool = True, failure: str = "") -> Any:
    return SimpleNamespace(name=name, has_hit=has_hit, failure=failure, what="worker-1 killed")


def test_a_good_run_is_told_in_figures() -> None:
    told = report.text(run_of(Ideal(PLAN), fault("kill worker"), fault("kill worker", has_hit=False)))
    assert told.startswith("seed 3, commit ")
    assert "all holds" in told
    assert "accepted 250 of 250" in told
    assert "lost 0, doubled effects 0" in told
    assert "faults 2, 1 of them met something" in told
    assert "  2 kill worker" in told
    assert told.count("met nothing: kill worker: worker-1 killed") == 1


def test_a_run_that_proves_nothing_is_called_so() -> None:
    told = report.text(run_of(Ideal(PLAN), trouble="a fault could not be done"))
    assert "all holds, and it PROVES NOTHING: a fault could not be done" in told


def test_a_broken_promise_is_told_with_its_order_and_the_json_has_them_all() -> None:
    ideal = Ideal(PLAN)
    ideal.more["happenings"] = [Happening("reset", 1, 2), Happening("reset", 3, 4)]
    for order_id, times in list(ideal.effects.items())[:20]:
        ideal.effects[order_id] = times + 1
    run = run_of(ideal)
    told = report.text(run)
    assert "VIOLATED" in told
    assert "I5 violated 20 times" in told
    assert f"{next(iter(ideal.effects))}: its effect happened 2 times" in told
    assert "and 12 more" in told
    given = json.loads(json.dumps(report.as_json(run)))
    assert len(given["violations"]) == 20
    assert given["figures"]["doubled_effects"] == 20
    assert given["figures"]["faults"] == {"reset": 2}
    assert not given["is_good"]


def test_a_fault_that_could_not_be_done_is_told() -> None:
    told = report.text(run_of(Ideal(PLAN), fault("outage", has_hit=False, failure="TimeoutError()")))
    assert "could not be done: outage: TimeoutError()" in told


def test_an_order_that_failed_unplanned_is_counted_apart() -> None:
    ideal = Ideal(PLAN)
    reference = ideal.entries[ideal.some(Fate.PLAIN)]["reference"]
    told = report.text(run_of(Ideal(PLAN, deeds={reference: Deed.REJECT})))
    assert "failed as planned 6, failed unplanned 1" in told
