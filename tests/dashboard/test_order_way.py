"""An order's timeline and where its time went, told from its events."""

from dataclasses import replace
from typing import get_args

import pytest

from dashboard.attempts import End, attempts_of
from dashboard.numerals import NBSP
from dashboard.order_spans import Stretch, stretch_of
from dashboard.order_steps import Line, Step
from dashboard.order_way import way_of
from orderstream.domain.events import EventType
from tests.dashboard.cases import PLACED_MS, Way

NAMES = {"ann": "Ann Mori"}

LONG = (
    Way()
    .placed()
    .started(0.2, "nara-2")
    .swept(5.7, "nara-2")
    .started(6.7, "osaka-2")
    .raised(10.8, "osaka-2", "StockTimeout", "no answer from stock", pause=1.9)
    .started(12.7, "osaka-2")
    .noted(14, "stock is called", "user:ann")
    .raised(16.7, "osaka-2", "StockTimeout", "no answer from stock", pause=32.1)
)


def steps_of(way: Way, attempts: int = 5) -> list[Step]:
    return way_of(way.records, way.order(), NAMES, attempts)


def lines(way: Way) -> list[str]:
    return [f"{step.title}{step.after_title}".replace(NBSP, " ") for step in steps_of(way)]


def test_a_long_way_reads_from_top_to_bottom() -> None:
    assert lines(LONG) == [
        "Placed by API key web-shop",
        "Attempt 1 on nara-2",
        "nara-2 was lost, again in 1.0 s",
        "Attempt 2 on osaka-2",
        "Attempt 2 failed, again in 1.9 s",
        "Attempt 3 on osaka-2",
        "Ann Mori noted",
        "Attempt 3 failed, again in 32.1 s, same error as attempt 2",
        "Attempt 4 1 more after it",
    ]


def test_the_words_of_an_error_stand_where_it_came_first() -> None:
    told = [(step.error, step.text) for step in steps_of(LONG) if step.error]
    assert told == [("StockTimeout", "no answer from stock")]


def test_what_went_on_between_two_points_is_drawn_and_measured() -> None:
    steps = steps_of(LONG)
    assert [step.line for step in steps] == [
        "wait", "processing", "wait", "processing", "wait", "processing", "processing", "wait", "",
    ]  # fmt: skip
    gaps = [step.gap_ms for step in steps]
    assert gaps == [200, 5500, 1000, 4100, 1900, 1300, 2700, 32100, None]
    assert {step.line for step in steps} <= set(get_args(Line))


def test_what_a_lost_worker_did_counts_and_says_who_put_it_back() -> None:
    assert steps_of(LONG)[2].detail == (
        "version 3. Attempt 1 counts; a late answer of nara-2 would be refused. Put back by kobe-1"
    )


def test_what_is_due_is_the_last_point() -> None:
    due = steps_of(LONG)[-1]
    assert (due.due_ms, due.status) == (PLACED_MS + 48_800, "retrying")
    assert steps_of(LONG, attempts=4)[-1].rest == ""


MOVES = {
    "released": (
        Way().placed().started(1, "kobe-1").released(2, "kobe-1"),
        "Handed back by kobe-1, which was stopped",
    ),
    "cancel asked": (
        Way().placed().started(1, "kobe-1").cancel_asked(2),
        "Cancel asked by Ann Mori; its worker hears of it with the next beat",
    ),
    "cancelled at work": (
        Way().placed().started(1, "kobe-1").cancel_asked(2).cancelled(3, "worker:kobe-1"),
        "Cancelled when attempt 1 on kobe-1 had ended",
    ),
    "cancelled": (Way().placed().cancelled(2, "key:shop"), "Cancelled by API key shop"),
    "discarded": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").cancelled(3),
        "Discarded by Ann Mori",
    ),
    "requeued": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").requeued(3),
        "Retried by Ann Mori; round 2 begins",
    ),
    "failed": (Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E"), "Attempt 1 failed, for good"),
    "killed its worker": (
        Way().placed().started(1, "nara-2").failed(9, "kobe-1", "WorkerLost"),
        "nara-2 was lost, for good",
    ),
    "overran": (
        Way().placed().started(1, "nara-2").swept(70, "nara-2", "DeadlinePassed"),
        "Attempt 1 overran its deadline, again in 1.0 s",
    ),
    "put off": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "RetryLater", "shop closed", 90),
        "Attempt 1 asked to be made later, again in 1 min",
    ),
    "entry lost": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "EntryLost"),
        "Its entry was gone from the stream, for good",
    ),
    "used up": (
        Way().placed().failed(2, "kobe-1", "AttemptsUsedUp"),
        "The attempts are used up, for good",
    ),
    "completed": (
        Way().placed().started(1, "kobe-1").completed(2.4, "kobe-1"),
        "Completed by attempt 1 on kobe-1, after 1.4 s of work",
    ),
    "adopted": (
        Way().adopted(),
        "Adopted by nara-2, after somebody had written it straight into the stream",
    ),
    "no order": (
        Way().adopted("failed", error="InvalidOrder", text="price: Required."),
        "Found to be no order by nara-2: somebody had written it straight into the stream",
    ),
}


@pytest.mark.parametrize(("way", "text"), MOVES.values(), ids=MOVES)
def test_each_kind_of_event_has_its_words(way: Way, text: str) -> None:
    shown = [line for line in lines(way) if not line.endswith("after it")]
    assert shown[-1] == text


def test_no_kind_of_event_was_forgotten() -> None:
    told = {event.type for way, _text in [*MOVES.values(), (LONG, "")] for event in way.events}
    assert told == set(EventType)


def test_an_unknown_kind_is_shown_as_it_is() -> None:
    way = Way().placed().started(1, "kobe-1").unknown(2, "order.weighed", grams="250").completed(3, "kobe-1")
    step = steps_of(way)[2]
    assert step.title == "order.weighed"
    assert step.raw["grams"] == "250"
    assert step.line == "processing"


def test_a_reason_stands_with_the_move_and_a_note_by_itself() -> None:
    way = Way().placed().noted(1, "hm").cancelled(2, reason="customer rang")
    assert [(step.said, step.is_note) for step in steps_of(way)] == [
        ("", False),
        ("hm", True),
        ("customer rang", False),
    ]


@pytest.mark.parametrize("value", ["", "x", "-1", "1e9", "9" * 40, "٣"])
def test_fields_that_say_nothing_of_use_break_nothing(value: str) -> None:
    """Anybody can write an event."""
    names = ("attempt", "deadline", "fence", "next_attempt_at", "processing_time", "round", "error", "text")
    way = Way().placed().started(1, "a").raised(2, "a", "E").requeued(3).started(4, "a").completed(5, "a")
    records = [
        replace(record, event=replace(record.event, fields=dict.fromkeys(names, value)))
        for record in way.records
        if record.event is not None
    ]
    assert len(way_of(records, None, NAMES, 5)) == 6
    assert attempts_of([record.event for record in records if record.event])
    assert stretch_of([record.event for record in records if record.event], PLACED_MS)


def test_attempts_know_who_made_them_and_how_they_ended() -> None:
    attempts = attempts_of(LONG.events)
    assert [(each.number, each.worker, each.end) for each in attempts] == [
        (1, "nara-2", End.LOST),
        (2, "osaka-2", End.ERROR),
        (3, "osaka-2", End.ERROR),
    ]
    again = attempts_of(Way().placed().started(1, "a").failed(2, "a", "E").requeued(3).started(4, "b").events)
    assert [(each.round, each.number, each.end) for each in again] == [(1, 1, End.ERROR), (2, 1, None)]


def spans(stretch: Stretch | None) -> list[tuple[str, str]]:
    assert stretch is not None
    return [(span.label.replace(NBSP, " "), span.status) for span in stretch.spans]


def test_where_the_time_went() -> None:
    stretch = stretch_of(LONG.events, PLACED_MS + 42_700)
    assert spans(stretch) == [
        ("waiting, 0.2 s", ""),
        ("5.5 s, lost", "lost"),
        ("pause, 1.0 s", ""),
        ("4.1 s", "failed"),
        ("pause, 1.9 s", ""),
        ("4.0 s", "failed"),
        ("pause, 26.0 s so far", ""),
    ]
    assert stretch is not None
    assert stretch.marks == [PLACED_MS + round(42_700 * part / 4) for part in range(5)]
    assert sum(span.ms for span in stretch.spans) == 42_700
    assert stretch.description.startswith("Where 42.7")


def test_what_has_ended_takes_no_more_time() -> None:
    stretch = stretch_of(
        Way().placed().started(1, "a").completed(3, "a").noted(9, "thanks").events, PLACED_MS + 10**9
    )
    assert spans(stretch) == [("waiting, 1.0 s", ""), ("2.0 s", "completed")]


def test_of_several_rounds_the_last_is_measured() -> None:
    way = Way().placed().started(1, "a").failed(2, "a", "E").requeued(86_400).started(86_401, "b")
    assert spans(stretch_of(way.events, PLACED_MS + 86_403_000)) == [
        ("waiting, 1.0 s", ""),
        ("2.0 s so far", "processing"),
    ]


def test_a_cancel_that_is_asked_does_not_end_the_work() -> None:
    way = Way().placed().started(1, "a").cancel_asked(2).completed(4, "a")
    assert spans(stretch_of(way.events, PLACED_MS)) == [
        ("waiting, 1.0 s", ""),
        ("1.0 s", "processing"),
        ("2.0 s", "completed"),
    ]


def test_nothing_known_is_nothing_drawn() -> None:
    assert stretch_of([], PLACED_MS) is None
