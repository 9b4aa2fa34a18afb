"""Each rule of one order's history: a good one breaks none, each bad event the one that it names."""

import pytest

from orderstream.domain.events import Event, EventType, fold
from orderstream.domain.histories import Harm, History, Violation

PLACED, STARTED, COMPLETED, RETRIED = (
    EventType.PLACED,
    EventType.STARTED,
    EventType.COMPLETED,
    EventType.RETRIED,
)
RELEASED, FAILED, REQUEUED, CANCELLED, NOTED = (
    EventType.RELEASED,
    EventType.FAILED,
    EventType.REQUEUED,
    EventType.CANCELLED,
    EventType.NOTED,
)
MOST = 3


def event(
    kind: EventType, version: int, source: str, target: str, actor: str = "worker:ann", **fields: str
) -> Event:
    return Event(f"5-{version}", kind, "1-0", version, source, target, 5_000 + version, actor, fields)


def started(version: int, source: str = "pending", *, attempt: int = 1, fence: int | None = None) -> Event:
    words = {"attempt": str(attempt), "fence": str(fence or 100 + version), "deadline": "9000"}
    return Event(f"5-{version}", STARTED, "1-0", version, source, "processing", 5_000, "worker:ann", words)


def completed(version: int, actor: str = "worker:ann") -> Event:
    return event(COMPLETED, version, "processing", "completed", actor, processing_time="7")


FIRST = event(PLACED, 1, "", "pending", "user:mori")
FAILS = event(FAILED, 3, "processing", "failed", error="BadOrder")
GOOD = [
    FIRST,
    started(2),
    event(RETRIED, 3, "processing", "retrying", error="Again", next_attempt_at="6000"),
    started(4, "retrying", attempt=2),
    event(RELEASED, 5, "processing", "pending", attempt="1", fence="200", next_attempt_at="6000"),
    started(6, attempt=2, fence=201),
    event(EventType.CANCEL_ASKED, 7, "processing", "processing", "user:mori"),
    event(FAILED, 8, "processing", "failed", "worker:bob", error="WorkerLost", fence="202", swept="ann"),
    event(NOTED, 9, "failed", "failed", "user:mori", text="look"),
    event(REQUEUED, 10, "failed", "pending", "user:mori", round="2", attempt="0", fence="203"),
    started(11, fence=204),
    completed(12),
    event(NOTED, 13, "completed", "completed", "user:mori", text="done"),
]


def taken(events: list[Event], most: int = MOST) -> tuple[History, list[Violation]]:
    history = History("1-0")
    answers = [history.take(each, most) for each in events]
    return history, [violation for violation in answers if violation is not None]


def test_a_good_history_breaks_nothing_and_folds_as_a_whole() -> None:
    history, broken = taken(GOOD)
    assert broken == []
    assert history.fields == fold(GOOD)
    assert (history.status, history.version, history.is_damaged) == ("completed", 13, False)


BAD = {
    "a version is missing": ([FIRST, completed(3)], "I6", Harm.NONE),
    "a version comes twice": ([FIRST, started(2), started(2, "processing")], "I6", Harm.NONE),
    "the first is missing": ([started(2)], "I6", Harm.NONE),
    "begins elsewhere": ([FIRST, started(2, "retrying")], "I6", Harm.NONE),
    "no such move": ([FIRST, event(COMPLETED, 2, "pending", "completed")], "I6", Harm.NONE),
    "taken over": ([FIRST, started(2), started(3, "processing", attempt=2)], "I6", Harm.NONE),
    "another end than its name": (
        [FIRST, started(2), event(COMPLETED, 3, "processing", "failed")],
        "I6",
        Harm.NONE,
    ),
    "a note that moves": ([FIRST, event(NOTED, 2, "pending", "completed")], "I6", Harm.NONE),
    "placed again": ([FIRST, event(PLACED, 2, "pending", "pending")], "I6", Harm.NONE),
    "born processing": ([event(PLACED, 1, "", "processing")], "I6", Harm.NONE),
    "completed twice": (
        [FIRST, started(2), completed(3), event(COMPLETED, 4, "completed", "completed")],
        "I3",
        Harm.DOUBLED,
    ),
    "completed twice at once": ([FIRST, started(2), completed(3), completed(3)], "I3", Harm.DOUBLED),
    "cancelled is left": (
        [FIRST, event(CANCELLED, 2, "pending", "cancelled"), started(3, "cancelled")],
        "I3",
        Harm.DOUBLED,
    ),
    "failed is left by a worker": (
        [FIRST, started(2), FAILS, started(4, "failed", attempt=2)],
        "I3",
        Harm.NONE,
    ),
    "failed, then completed": (
        [FIRST, started(2), FAILS, event(COMPLETED, 4, "failed", "completed")],
        "I3",
        Harm.DOUBLED,
    ),
    "requeued by a worker": (
        [FIRST, started(2), FAILS, event(REQUEUED, 4, "failed", "pending")],
        "I3",
        Harm.NONE,
    ),
    "discarded by the keeper": (
        [FIRST, started(2), FAILS, event(CANCELLED, 4, "failed", "cancelled", "keeper")],
        "I3",
        Harm.DOUBLED,
    ),
    "a fence comes again": (
        [FIRST, started(2), event(RELEASED, 3, "processing", "pending", attempt="0", fence="102")],
        "I4",
        Harm.NONE,
    ),
    "an outcome of another": ([FIRST, started(2), completed(3, "worker:bob")], "I4", Harm.NONE),
    "an attempt is left out": ([FIRST, started(2, attempt=2)], "I10", Harm.NONE),
}


@pytest.mark.parametrize("name", BAD)
def test_each_bad_event_breaks_the_rule_that_it_names(name: str) -> None:
    events, invariant, harm = BAD[name]
    history, [broken] = taken(events)
    assert (broken.invariant, broken.order_id, broken.harm) == (invariant, "1-0", harm)
    assert history.is_damaged


def test_more_attempts_than_any_configuration_allows_are_told() -> None:
    events = [FIRST, started(2)]
    assert taken(events, 1)[1] == []
    [broken] = taken(events, 0)[1]
    assert broken.invariant == "I10"


def test_what_follows_from_one_fault_is_no_second_one() -> None:
    history, broken = taken([FIRST, completed(3), completed(4), completed(4)])
    assert [violation.invariant for violation in broken] == ["I6"]
    assert history.version == 4


def test_a_number_that_is_none_leaves_the_history_unjudged() -> None:
    history = History("1-0")
    history.take(FIRST, MOST)
    with pytest.raises(ValueError, match="soon"):
        history.take(event(STARTED, 2, "pending", "processing", attempt="1", fence="soon"), MOST)
    assert history.is_damaged
