"""Where things go: told of a minute of samples, without jitter, with its beginning and its cause."""

import random
from collections.abc import Callable, Sequence

import pytest

from orderstream.streams.metrics import Sample
from orderstream.streams.outlook import Alarm, Flow
from workers.keeper.flow import STEADY_MS, FlowJudge
from workers.keeper.scene import Scene

NOW = 1_795_152_368_000
LAST_EVENT = NOW - 7_200_000


def minute(pending: Callable[[int], float], until_ms: int = NOW, **figures: float) -> list[Sample]:
    """A sample a second; `pending` is handed the second, 0 to 59."""
    start = until_ms - 59_000
    known = {"processing": 4.0, "placed_per_second": 40.0} | figures
    return [Sample(start + n * 1_000, known | {"pending": max(0, pending(n))}) for n in range(60)]


def scene(samples: Sequence[Sample], now_ms: int = NOW) -> Scene:
    return Scene(now_ms, minute=samples, last_event_ms=LAST_EVENT)


def judged(samples: Sequence[Sample], *alarms: Alarm, before: Flow | None = None) -> Flow | None:
    return FlowJudge().judge(scene(samples), alarms, before)


@pytest.mark.parametrize(
    ("pending", "kind"),
    [
        (lambda n: 0, "steady"),
        (lambda n: 500, "steady"),
        (lambda n: 3 + n % 5, "steady"),
        (lambda n: n * 0.1, "steady"),
        (lambda n: n * 0.6, "behind"),
        (lambda n: 200 + n * 5, "behind"),
        (lambda n: 200 - n * 3, "catching"),
        (lambda n: 10_000 + n, "steady"),
        (lambda n: 10_000 + n * 20, "behind"),
        (lambda n: 500 if n == 30 else 0, "steady"),
        (lambda n: max(0, 40 - n), "steady"),
    ],
    ids=["nothing", "a plateau", "up and down", "too little", "a little", "much", "shrinking",
         "little of much", "much of much", "a peak", "gone already"],
)  # fmt: skip
def test_the_direction_of_the_backlog(pending: Callable[[int], float], kind: str) -> None:
    flow = judged(minute(pending))
    assert flow is not None
    assert flow.kind == kind


def test_without_orders_it_is_idle_since_the_last_event() -> None:
    quiet = minute(lambda _n: 0, processing=0, placed_per_second=0)
    assert judged(quiet) == Flow("idle", LAST_EVENT)


def test_too_few_samples_say_nothing() -> None:
    assert judged(minute(lambda n: n * 5)[-20:]) is None
    assert judged([]) is None
    assert judged([Sample(NOW - n, {"pending": n}) for n in range(60)]) is None, "too short a time"
    assert judged([Sample(NOW - n * 1000) for n in range(60, 0, -1)]) is None, "without a backlog"


def test_it_says_by_how_much_and_since_when() -> None:
    flow = judged(minute(lambda n: max(0, n - 10) * 3))
    assert flow is not None
    assert flow.by == pytest.approx(2.7, abs=0.4)
    assert flow.since_ms == NOW - 59_000


def test_catching_up_says_until_when() -> None:
    flow = judged(minute(lambda n: 1_000 - n * 10))
    assert flow is not None
    assert (flow.kind, flow.by) == ("catching", 10)
    assert flow.until_ms == NOW + 41_000


@pytest.mark.parametrize(
    ("alarm", "why", "worker"),
    [
        (Alarm("worker_lost", NOW - 70_000, "nara-2"), "lost", "nara-2"),
        (Alarm("slow_worker", NOW - 70_000, "osaka-2"), "slow", "osaka-2"),
        (Alarm("worker_lost", NOW - 900_000, "nara-2"), "", ""),
        (Alarm("paused", NOW - 70_000), "", ""),
    ],
)
def test_what_happened_just_before_is_the_cause(alarm: Alarm, why: str, worker: str) -> None:
    flow = judged(minute(lambda n: n * 2), alarm)
    assert flow is not None
    assert (flow.why, flow.worker) == (why, worker)
    if why:
        assert flow.since_ms == alarm.since_ms


def test_more_orders_are_a_cause() -> None:
    samples = [
        Sample(s.at_ms, dict(s.figures) | {"placed_per_second": 40.0 if n < 20 else 60.0})
        for n, s in enumerate(minute(lambda n: n * 5))
    ]
    flow = judged(samples)
    assert flow is not None
    assert flow.why == "more"


def test_a_change_must_last_before_it_is_said() -> None:
    judge, before = FlowJudge(), Flow("steady", NOW - 600_000)
    for second in range(STEADY_MS // 1000 + 1):
        now = NOW + second * 1000
        said = judge.judge(scene(minute(lambda n: n * 2, now), now), (), before)
        assert said is not None
        assert said.kind == ("behind" if second * 1000 >= STEADY_MS else "steady")
        before = said


def test_a_change_that_goes_away_is_never_said() -> None:
    judge, before = FlowJudge(), Flow("steady", NOW - 600_000)
    for second in range(60):
        now = NOW + second * 1000
        growth = 2 if second % 8 else 0
        said = judge.judge(scene(minute(lambda n, g=growth: n * g, now), now), (), before)
        assert said == before


def test_what_is_done_is_not_said_to_be_caught_up_with() -> None:
    before = Flow("catching", NOW - 600_000, by=10, until_ms=NOW)
    said = judged(minute(lambda n: 0 if n > 50 else 100), before=before)
    assert said is not None
    assert said.kind == "steady"


def test_the_beginning_stays_while_the_figures_move() -> None:
    before = Flow("behind", NOW - 600_000, by=1.0, why="lost", worker="nara-2")
    said = judged(minute(lambda n: n * 3), before=before)
    assert said == Flow("behind", NOW - 600_000, by=3.0, why="lost", worker="nara-2")


@pytest.mark.parametrize(("by", "kept"), [(2.0, True), (2.1, True), (2.3, False), (1.0, False)])
def test_a_figure_moves_only_when_it_is_off(by: float, kept: bool) -> None:
    before = Flow("behind", NOW - 600_000, by=by)
    said = judged(minute(lambda n: n * 2), before=before)
    assert said is not None
    assert said.by == (by if kept else 2.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_balanced_system_under_random_load_seldom_changes_its_mind(seed: int) -> None:
    """Arrivals and completions at random, 40 a second each, without a queue that builds up."""
    chance = random.Random(seed)
    judge, before, pending, changes = FlowJudge(), None, 0.0, 0
    samples: list[Sample] = []
    for second in range(600):
        now = NOW + second * 1000
        pending = max(0.0, pending + chance.gauss(0, 4) - 0.5)
        samples = [*samples, Sample(now, {"pending": pending, "placed_per_second": 40})][-60:]
        said = judge.judge(scene(samples, now), (), before)
        changes += before is not None and said is not None and said.kind != before.kind
        before = said
    assert changes <= 12, "once a minute and a bit at most"
